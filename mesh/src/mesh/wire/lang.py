"""lang: text to language, and what goes with a language: voice, locale, templates."""

from pydantic import Field, model_validator

from mesh.wire.model import Model
from mesh.wire.route import Route


class LangRequest(Model):
    """Body of POST /process."""

    text: str = Field(min_length=1, max_length=20_000, examples=["Ja, bitte"])
    history: list[str] = Field(default_factory=list, max_length=100, examples=[["de"]])
    """Languages of the caller's earlier turns, oldest first: the prior for a short or ambiguous utterance."""
    allowed: list[str] = Field(default_factory=list, max_length=60, examples=[["en", "de"]])
    """Only these languages are considered; empty: all that the service is set up for."""


class Language(Model):
    """All that the mesh knows of a language; one entry of config/languages.yaml."""

    code: str
    name: str
    locale: str
    """BCP 47 tag that Twilio's recogniser takes, such as en-US."""
    region: str
    """ISO 3166 region in which a national phone number of a speaker is read."""
    voices: dict[str, str]
    """Voice by engine (espeak, piper, openai, google, azure, twilio)."""
    templates: dict[str, str]
    """Phrases by name; `{placeholders}` are filled by the speaker of the phrase."""
    english: str = ""
    """Its name in English: some recognisers tell languages so."""
    questions: list[str] = Field(default_factory=list)
    """Words with which a question begins; for who has no better rules."""


class LangReply(Model):
    """The language found. `confidence` is 0..1; `by` says what decided: script, words, letters, history or default."""

    detected_language: str
    confidence: float = 1.0
    by: str = ""
    engine: str = ""
    name: str = ""
    locale: str = ""
    voice: str = ""
    templates: dict[str, str] = Field(default_factory=dict)


class Languages(Model):
    """Reply of GET /languages, and the whole of config/languages.yaml."""

    default: str
    languages: list[Language]

    @model_validator(mode="after")
    def _complete(self) -> "Languages":
        """What one language lacks would be missed in the middle of a call."""
        needed = set(self.get(self.default).templates)
        lacking = [f"{one.code}: {name}" for one in self.languages for name in sorted(needed - set(one.templates))]
        if lacking:
            raise ValueError(f"templates are missing: {', '.join(lacking)}")
        return self

    def get(self, code: str) -> Language:
        """The entry for a code, or that of the default language."""
        by_code = {language.code: language for language in self.languages}
        return by_code.get(code) or by_code[self.default]


DETECT = Route("POST", "/process", LangRequest, LangReply, deadline_s=1.0, idempotent=True)
LANGUAGES = Route("GET", "/languages", type(None), Languages, deadline_s=1.0, idempotent=True)
