"""lang: text to language, good on the one to five words of a phone call."""
