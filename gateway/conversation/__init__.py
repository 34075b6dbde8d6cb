"""One conversation, by text and by voice: what is understood, what is said next, what is kept of it."""
