"""Scenarios: their models, and their files as they change."""
