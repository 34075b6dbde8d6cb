"""lead_sender: a lead to where the owner reads it; saved before it is answered."""
