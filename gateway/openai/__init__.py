"""OpenAI's HTTP API in front of model servers: bytes are passed on, not parsed and built again."""
