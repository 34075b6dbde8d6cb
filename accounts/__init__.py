"""accounts: users, their log-ins, API keys; who was revoked is told to all that check them."""
