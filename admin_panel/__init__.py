"""admin_panel: the operator's web console; it reads the mesh through mesh.client only."""
