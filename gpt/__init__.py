"""gpt: what the caller said to what we answer; a model behind any OpenAI-compatible server, or the form by rules."""
