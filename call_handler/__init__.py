"""call_handler: telephony only. It turns what a provider sends into turns of gateway, and replies into call control."""
