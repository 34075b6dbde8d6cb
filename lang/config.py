"""Settings of lang."""

from typing import ClassVar

from pydantic import Field

from mesh.settings import ServiceSettings


class Settings(ServiceSettings):
    """What lang can be told."""

    service: ClassVar[str] = "lang"

    lang_engine: str = Field(default="words", description="words (langdetect with word statistics) or lingua.")
    lang_allowed: list[str] = Field(
        default=[], description='Languages to tell apart, such as ["en","ru"]; empty: those of config/languages.yaml.'
    )
    lang_words: int = Field(
        default=12000, ge=100, description="Words remembered of each language, most frequent first."
    )
