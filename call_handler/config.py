"""Settings of call_handler."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, disk_min_mb, peer


class Settings(ServiceSettings):
    """What call_handler can be told."""

    service: ClassVar[str] = "call_handler"

    public_host: str = Field(default="127.0.0.1", description="Address of the world's port.")
    public_port: int = Field(
        default=8009,
        ge=0,
        le=65535,
        description="The world's port, for a tunnel or proxy: /twilio/* only; moved by MESH_PORT_OFFSET; 0: none.",
    )
    twilio_account_sid: str = Field(default="", description="Twilio account, for recordings and outbound calls.")
    twilio_auth_token: SecretStr = Field(
        default=SecretStr(""),
        description="Twilio token: checks signatures; without it Twilio's routes serve loopback only.",
    )
    twilio_phone_number: str = Field(default="", description="Our number at Twilio, E.164.")
    twilio_api_url: str = Field(default="https://api.twilio.com", description="Twilio's REST API.")
    twilio_mode: Literal["auto", "gather", "record", "stream"] = Field(
        default="auto",
        description="stream: real time, our stt; gather: Twilio recognises speech; record: our stt, turn by turn; "
        "auto: stream, or gather while stt has no engine that understands a telephone.",
    )
    max_calls: int = Field(default=200, ge=1, description="Calls by stream at once; one more hears that we are busy.")
    max_stream_tries: int = Field(default=10, ge=1, description="Times a call whose stream broke is taken up again.")
    drain_s: float = Field(default=15.0, ge=0, description="On SIGTERM, time for calls in progress to end, seconds.")
    calls_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token of /calls, /sms, /browser, /audiosocket/* and /process. Without it they serve "
        "this machine, or nobody where PUBLIC_URL or TWILIO_AUTH_TOKEN is set.",
    )
    audiosocket_host: str = Field(default="127.0.0.1", description="Address at which Asterisk's AudioSocket is taken.")
    audiosocket_port: int = Field(
        default=9092, ge=0, le=65535, description="Its port, moved by MESH_PORT_OFFSET like all; 0: none."
    )
    recordings_dir: Path = Field(default=Path("data/recordings"), description="Recordings on their way to storage.")
    spool_dir: Path = Field(
        default=Path("data/spool"), description="Folder of what waits for other services; replicas may share it."
    )
    texts_per_number: int = Field(default=5, ge=0, description="Texts that one number gets a day (UTC).")
    texts_per_day: int = Field(default=500, ge=0, description="Texts that are sent a day in all.")
    texts_file: Path = Field(default=Path("data/texts.db"), description="Where they are counted, without the numbers.")
    answer_deadline_s: float = Field(
        default=12.0, gt=0, lt=15, description="Deadline of a turn at gateway, seconds; Twilio waits for 15."
    )
    max_silences: int = Field(default=3, ge=1, description="Silences in a row before we say goodbye.")
    max_failures: int = Field(default=2, ge=1, description="Failed answers in a row before we promise to call back.")
    record_max_s: int = Field(default=60, ge=5, le=600, description="Longest utterance in record mode, seconds.")
    recording_deadline_s: float = Field(default=4.0, gt=0, description="Longest wait for a recording, seconds.")
    gateway_url: str = peer("gateway")
    stt_url: str = peer("stt")
    lang_url: str = peer("lang")
    gpt_url: str = peer("gpt")
    tts_url: str = peer("tts")
    lead_sender_url: str = peer("lead_sender")
    storage_url: str = peer("storage")
    logger_url: str = peer("logger")
    disk_min_mb: float = disk_min_mb()

    @property
    def exposed(self) -> bool:
        """Strangers may reach us: that something comes from this machine proves nothing then."""
        return bool(self.public_url or self.twilio_auth_token.get_secret_value())
