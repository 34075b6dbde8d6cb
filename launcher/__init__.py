"""What start_all.sh runs: the services' environments, their processes, the models, the tunnel, the demo."""
