"""Settings of gateway."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings, Words, disk_min_mb, peer


class Settings(ServiceSettings):
    """What gateway can be told. A deadline is the whole time given to a step, its retries included."""

    service: ClassVar[str] = "gateway"

    scenarios_dir: Path = Field(default=Path("config/scenarios"), description="Folder of the scenarios.")
    scenarios_kept_dir: Path = Field(
        default=Path("data/scenarios"), description="Folder of the last good versions of scenario files."
    )
    default_scenario: str = Field(default="generic", description="Scenario of a session that names none.")
    stt_deadline_s: float = Field(default=10.0, gt=0, description="Deadline of stt, seconds.")
    lang_deadline_s: float = Field(default=0.5, gt=0, description="Deadline of lang, seconds; it can be done without.")
    gpt_deadline_s: float = Field(default=9.5, gt=0, description="Deadline of gpt, seconds.")
    tts_deadline_s: float = Field(default=3.0, gt=0, description="Deadline of tts's first audio, seconds.")
    values_deadline_s: float = Field(
        default=0.8,
        gt=0,
        description="Wait of the next question for values that the rules missed and a model may find, seconds.",
    )
    save_deadline_s: float = Field(default=2.0, gt=0, description="Deadline of logger and lead_sender, seconds.")
    lead_settle_s: float = Field(
        default=180.0,
        gt=0,
        description="Time without news of a call after which its lead is delivered as it is, seconds.",
    )
    lead_end_s: float = Field(
        default=15.0,
        gt=0,
        description="Wait for the summary of a call that is over until its lead is delivered, seconds.",
    )
    calls_token: SecretStr = Field(
        default=SecretStr(""), description="call_handler's CALLS_TOKEN, for the texts that scenarios send."
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="API keys that always count, as name:key or key, commas between them; for all but admin's work.",
    )
    spool_dir: Path = Field(
        default=Path("data/spool"), description="Folder of what waits for other services; replicas may share it."
    )
    spool_max_mb: float = Field(default=64.0, gt=0, description="Most that may wait there, MiB.")
    drain_s: float = Field(default=15.0, ge=0, description="On SIGTERM, time for calls in progress to end, seconds.")
    disk_min_mb: float = disk_min_mb()
    session_ttl_s: float = Field(default=3600.0, gt=0, description="Time a silent session is kept in memory, seconds.")
    max_sessions: int = Field(default=5000, ge=1, description="Sessions kept in memory; the oldest goes first.")
    mask_s: float = Field(
        default=1.2, gt=0, description="Wait for an answer on the phone until a phrase is said, seconds."
    )
    hedge_s: float = Field(
        default=1.5, gt=0, description="Wait for gpt's first token until its next engine is asked too."
    )
    give_up_s: float = Field(
        default=9.0, gt=0, description="Wait for an answer on the phone until we apologise, seconds."
    )
    responses_file: Path = Field(
        default=Path("data/gateway/responses.db"), description="File of the responses that /v1/responses stores."
    )
    responses_days: float = Field(default=30.0, gt=0, description="Time a stored response is kept, days.")
    max_sockets: int = Field(default=500, ge=1, description="Realtime sockets at once; one more is refused.")
    max_client_sockets: int = Field(
        default=350, ge=1, description="Of these, at most so many for clients that are not our own telephony."
    )
    first_event_s: float = Field(
        default=15.0,
        gt=0,
        description="A realtime socket on which nothing valid was said for so long is closed, seconds.",
    )
    idle_socket_s: float = Field(
        default=900.0, gt=0, description="A realtime socket on which nothing comes for so long is closed, seconds."
    )
    max_socket_s: float = Field(default=3600.0, gt=0, description="Longest life of a realtime socket, seconds.")
    resume_s: float = Field(
        default=30.0, gt=0, description="A phone session whose socket broke is closed after so long."
    )
    models_file: Path = Field(
        default=Path("config/models.yaml"), description="File whose `serve:` says which model servers answer on /v1."
    )
    llm_base_url: str = Field(default="", description="OpenAI-compatible server, ending in /v1: vLLM, llama.cpp, …")
    llm_model: str = Field(
        default="", description="Model's name there; empty: the first that the server lists (OpenAI: gpt-5.4-mini)."
    )
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="Key of that server; empty: none is sent.")
    openai_api_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key for OpenAI: it alone connects stt, gpt and tts, where no other server is set.",
    )
    openai_base_url: str = Field(default="https://api.openai.com/v1", description="OpenAI's own address.")
    model_connect_s: float = Field(default=2.0, gt=0, description="Longest wait for a model server's port, seconds.")
    model_first_byte_s: float = Field(
        default=60.0, gt=0, description="Longest wait for a streamed answer's first token on /v1, seconds."
    )
    model_stall_s: float = Field(default=60.0, gt=0, description="Longest pause in an answer on /v1, seconds.")
    model_deadline_s: float = Field(default=600.0, gt=0, description="Longest answer in all on /v1, seconds.")
    redis_url: SecretStr = Field(
        default=SecretStr(""), description="redis://… counts requests for all gateways; empty: each counts its own."
    )
    rate_per_key: str = Field(
        default="100 per 10 second; 2000/hour",
        description="Most requests with one API key or log-in; none: any number.",
    )
    rate_per_user: str = Field(
        default="200 per 10 second", description="Most requests of one user or application, with whatever key."
    )
    rate_per_address: str = Field(
        default="60/minute", description="Most requests of one address without a credential, or with a wrong one."
    )
    quota_tokens: int | None = Field(default=None, ge=0, description="Tokens of one user in a day (UTC); empty: any.")
    quota_audio_s: float | None = Field(default=None, ge=0, description="Their audio that is heard in a day, seconds.")
    quota_characters: int | None = Field(default=None, ge=0, description="Their characters that are spoken in a day.")
    allowed_addresses: Words = Field(
        default=[], description="Addresses and networks (10.0.0.0/8) that are served; empty: all."
    )
    cors_origins: Words = Field(
        default=[],
        description="Sites whose pages may call the API (https://chat.example), or *, which wants JWT_SECRET.",
    )
    stt_url: str = peer("stt")
    lang_url: str = peer("lang")
    gpt_url: str = peer("gpt")
    tts_url: str = peer("tts")
    lead_sender_url: str = peer("lead_sender")
    logger_url: str = peer("logger")
    storage_url: str = peer("storage")
    call_handler_url: str = peer("call_handler")
    admin_panel_url: str = peer("admin_panel")
    accounts_url: str = peer("accounts")
