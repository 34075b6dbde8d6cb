"""The form of OpenAI's transcriptions and translations.

Source: https://platform.openai.com/docs/api-reference/audio/createTranscription. Fields that it does not know are not
looked at, as OpenAI does not: clients send those of other servers along. What the reply could not contain is refused.
"""

from typing import Any, Literal

from fastapi import Request
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from mesh.errors import BadInput
from mesh.upload import Upload, form_with_file, validated
from stt.engines import Job

GRANULARITIES, INCLUDE = "timestamp_granularities", "include"
TIMED = f"{GRANULARITIES}[]"
"""As openai's clients send it; curl's users leave the brackets out."""


class Form(BaseModel):
    """The fields beside `file`; each is bounded."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default="", max_length=200)
    """A name of GET /v1/models. Empty and `whisper-1`: the one in use."""
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    prompt: str = Field(default="", max_length=4_000)
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    temperature: float = Field(default=0.0, ge=0, le=1)
    timestamp_granularities: list[Literal["word", "segment"]] | None = Field(
        default=None, max_length=4, validation_alias=AliasChoices(TIMED, GRANULARITIES)
    )
    include: list[str] = Field(default=[], max_length=4, validation_alias=AliasChoices(f"{INCLUDE}[]", INCLUDE))
    stream: bool = False

    @property
    def segments(self) -> bool:
        """Whether verbose_json has segments."""
        return "segment" in (self.timestamp_granularities or ["segment"])

    @property
    def words(self) -> bool:
        """Whether verbose_json has words."""
        return "word" in (self.timestamp_granularities or ())

    def job(self, *, translate: bool) -> Job:
        """What an engine is asked for. Subtitles are cut between words where their times are known."""
        subtitles = self.response_format in ("srt", "vtt") and not translate
        return Job(
            language=self.language,
            model=self.model,
            translate=translate,
            words="needed" if self.words else "wished" if subtitles else "",
            prompt=self.prompt,
            temperature=self.temperature,
            live=self.stream,
        )

    def check(self) -> None:
        """Raises BadInput for what does not go together, or is not to be had here."""
        if self.timestamp_granularities is not None and self.response_format != "verbose_json":
            message = f"`response_format` must be `verbose_json` if `{TIMED}` is provided."
            raise BadInput("invalid_request", message, 400, param="response_format")
        if self.stream and self.response_format not in ("json", "text"):
            message = "`response_format` must be `json` or `text` if `stream` is true."
            raise BadInput("unsupported_value", message, 400, param="response_format")
        if self.include:
            message = "`include` is not supported: the engines here do not give the log probabilities of tokens."
            raise BadInput("unsupported_value", message, 400, param="include[]")


async def read_form(request: Request) -> tuple[Form, Upload]:
    """The form of a request, and its file. Raises BadInput, RequestValidationError, HTTPException."""
    values, upload = await form_with_file(request)
    lists = (GRANULARITIES, INCLUDE)
    form = validated(Form, {n: given if n.removesuffix("[]") in lists else given[-1] for n, given in values.items()})
    form.check()
    return form, upload


def schema() -> dict[str, Any]:
    """`openapi_extra` that describes the form."""
    form = Form.model_json_schema()
    form["properties"] = {"file": {"type": "string", "format": "binary"}, **form["properties"]}
    form["required"] = ["file"]
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}
