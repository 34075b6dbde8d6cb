"""Data at rest: databases, what waits on disk for another service, how long things are kept, whose they are."""
