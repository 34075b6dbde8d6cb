"""How much anybody may ask for: rates.py counts, gate.py stands at the guard, quotas.py days."""
