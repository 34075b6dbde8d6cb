"""stt: audio to text, by whichever engine can run here."""
