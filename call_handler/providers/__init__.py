"""Telephony providers: one file each."""
