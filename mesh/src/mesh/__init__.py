"""What every VoiceBlock service shares, in three layers that import downwards only: wire <- client <- service."""
