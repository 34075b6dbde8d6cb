"""Attacks on a mesh of its own."""
