"""Settings of stt."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings


class Settings(ServiceSettings):
    """What stt can be told."""

    service: ClassVar[str] = "stt"

    stt_engine: str = Field(default="auto", description="auto, or a list: openai,faster-whisper,openai-whisper,vosk,…")
    stt_base_url: str = Field(default="", description="OpenAI-compatible server, ending in /v1 (vLLM, speaches, …).")
    stt_model: str = Field(default="", description="Model: a remote name, or a folder of models/whisper; empty: found.")
    openai_api_key: SecretStr = Field(default=SecretStr(""), description="Key for STT_BASE_URL, or for OpenAI itself.")
    openai_base_url: str = Field(default="https://api.openai.com/v1", description="OpenAI's own address.")
    google_api_key: SecretStr = Field(default=SecretStr(""), description="Key for Google Cloud Speech-to-Text.")
    google_stt_url: str = Field(default="https://speech.googleapis.com", description="Google Cloud Speech's address.")
    models_dir: Path = Field(
        default=Path("models"), description="Folder of local models; ./start_all.sh models fills it."
    )
    max_models: int = Field(default=2, ge=1, description="Local models kept in memory; the least used goes first.")
    stt_workers: int = Field(default=1, ge=1, description="Local transcriptions at the same time.")
    stt_queue: int = Field(default=8, ge=0, description="Local transcriptions that may wait; more are answered 503.")
    stt_decoders: int = Field(default=4, ge=1, description="Files that are decoded at the same time.")
    stt_decode_deadline_s: float = Field(
        default=10.0, gt=0, description="Longest time that decoding a file may take, seconds; then it is refused."
    )
    stt_max_audio_s: float = Field(default=600.0, gt=0, description="Longest audio, seconds.")
    stt_remote_deadline_s: float = Field(default=15.0, gt=0, description="Longest wait for a remote engine, seconds.")
    stt_fetch_deadline_s: float = Field(default=10.0, gt=0, description="Longest wait for an audio_url, seconds.")
    fetch_allowed_hosts: list[str] = Field(
        default=[], description='Hosts ("host" or "host:port") that an audio_url may name though they are private.'
    )
