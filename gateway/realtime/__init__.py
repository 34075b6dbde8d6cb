"""WS /v1/realtime: OpenAI's Realtime API over the conversation engine of gateway/turns."""
