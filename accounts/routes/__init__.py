"""The routes of accounts, a file a topic."""
