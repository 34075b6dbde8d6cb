"""Settings of gpt."""

from typing import ClassVar

from pydantic import Field, SecretStr

from mesh.settings import ServiceSettings


class Settings(ServiceSettings):
    """What gpt can be told."""

    service: ClassVar[str] = "gpt"

    llm_engine: str = Field(default="auto", description="auto, or a list: openai,scripted.")
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
    llm_first_token_s: float = Field(default=3.0, gt=0, description="Longest wait for the first token, seconds.")
    llm_stall_s: float = Field(default=3.0, gt=0, description="Longest pause between two tokens, seconds.")
    llm_deadline_s: float = Field(default=9.0, gt=0, description="Longest answer in all, seconds.")
    llm_max_tokens: int = Field(default=200, ge=1, description="Tokens of an answer, unless the request says.")
    llm_temperature: float = Field(default=0.3, ge=0, le=2, description="Temperature, unless the request says.")
    llm_context_chars: int = Field(default=12_000, ge=500, description="Characters of history sent; older turns go.")
