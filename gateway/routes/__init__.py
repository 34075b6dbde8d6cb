"""The public API, a file a topic."""
