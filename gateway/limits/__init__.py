"""How much anybody may ask for: rates.py counts requests, gate.py stands before and behind the guard, quotas.py days."""
