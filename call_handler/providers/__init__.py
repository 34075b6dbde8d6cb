"""Telephony providers: one file or folder each."""
