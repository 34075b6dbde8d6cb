"""Settings of tts."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, peer


class Settings(ServiceSettings):
    """What tts can be told."""

    service: ClassVar[str] = "tts"

    tts_engine: str = Field(
        default="auto", description="auto, or a list: openai,elevenlabs,azure,google,piper,espeak,gtts."
    )
    tts_base_url: str = Field(default="", description="OpenAI-compatible server, ending in /v1.")
    tts_model: str = Field(default="tts-1", description="Model of the OpenAI-compatible or ElevenLabs server.")
    openai_api_key: SecretStr = Field(default=SecretStr(""), description="Key for TTS_BASE_URL, or for OpenAI itself.")
    openai_base_url: str = Field(default="https://api.openai.com/v1", description="OpenAI's own address.")
    elevenlabs_api_key: SecretStr = Field(default=SecretStr(""), description="Key for ElevenLabs.")
    elevenlabs_url: str = Field(default="https://api.elevenlabs.io", description="ElevenLabs' address.")
    elevenlabs_voice: str = Field(default="21m00Tcm4TlvDq8ikWAM", description="Voice id at ElevenLabs.")
    google_api_key: SecretStr = Field(default=SecretStr(""), description="Key for Google Cloud Text-to-Speech.")
    google_tts_url: str = Field(default="https://texttospeech.googleapis.com", description="Google's address.")
    azure_speech_key: SecretStr = Field(default=SecretStr(""), description="Key for Azure Speech.")
    azure_speech_region: str = Field(default="westeurope", description="Region of the Azure Speech resource.")
    azure_speech_url: str = Field(default="", description="Azure Speech's address; empty: that of the region.")
    models_dir: Path = Field(default=Path("models"), description="Folder of local models; Piper's are in piper/.")
    tts_first_audio_s: float = Field(
        default=4.0, gt=0, description="Longest wait for an engine's first audio, seconds."
    )
    tts_max_stall_s: float = Field(default=5.0, gt=0, description="Longest pause within an engine's audio, seconds.")
    tts_memory_mb: float = Field(default=16.0, ge=0, description="Finished speech kept in memory, MiB.")
    storage_url: str = peer("storage")
