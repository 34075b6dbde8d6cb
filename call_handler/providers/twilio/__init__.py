"""Twilio: its webhooks and what they answer, its media stream, its REST API."""
