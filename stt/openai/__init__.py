"""OpenAI's audio API, as far as it is about text: /v1/audio/transcriptions and /v1/audio/translations."""
