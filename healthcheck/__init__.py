"""healthcheck: is every service there, and with what."""
