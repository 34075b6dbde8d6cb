"""tts: text to audio, streamed as it is made, never made twice."""
