"""gateway: the conversation. It holds the session, runs the chain of services, and is the mesh's public API."""
