"""What a scenario does beside talking: putting callers through, tools, recording, and answering machines."""

from typing import Any, Literal

from pydantic import Field, model_validator

from gateway.scenario.base import Strict, placeholders, says


class Transfer(Strict):
    """When a caller is put through to a human. `keywords` by language are beginnings of words."""

    number: str = Field(pattern=r"^(\+[0-9]{6,15}|sip:.{3,})$", max_length=204)
    keywords: dict[str, list[str]]
    announce: Literal["spoken", "text", "none"] = "spoken"
    """How the human learns what it is about before they are connected: they hear it, or get an SMS."""

    def wanted(self, text: str, language: str) -> bool:
        """Whether the caller asks for a human."""
        return says(text, self.keywords.get(language, []))


class Tool(Strict):
    """Something that is done during a call: an HTTP request, an SMS to the caller, hanging up.

    A model calls it as a function. Without one it is done when the caller says one of `keywords` (beginnings of words
    by language; `when: asked`), or once the form is confirmed (`when: confirmed`). `say` is said afterwards; it may
    hold `{names}` of fields and of the values in the answer.
    """

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$")
    kind: Literal["http", "sms", "hang_up"]
    description: str = Field(default="", max_length=1_000)
    when: Literal["asked", "confirmed"] = "asked"
    keywords: dict[str, list[str]] = Field(default_factory=dict)
    say: dict[str, str] = Field(default_factory=dict)
    text: dict[str, str] = Field(default_factory=dict)
    """An SMS by language, with `{names}` of fields."""
    url: str | None = Field(default=None, pattern="^https?://", max_length=2_000)
    """May hold `{names}` of parameters; the others go into the query, or into the JSON body."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    """Values may hold `${NAMES}` of environment variables of gateway: no secret stands in this file."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """JSON Schema (2020-12) of an object. Without a model its values are those of the fields of the same names."""
    deadline_s: float = Field(default=4.0, gt=0, le=30)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Tool":
        if (self.kind == "http") != (self.url is not None):
            raise ValueError("a tool of kind http has a url, no other has one")
        if (self.kind == "sms") != bool(self.text):
            raise ValueError("a tool of kind sms has a text, no other has one")
        try:
            self._check_parameters()
            for template in (*self.say.values(), *self.text.values()):
                placeholders(template)
            unknown = set(placeholders(self.url or "")) - set(self.parameters.get("properties", {}))
        except ValueError as error:
            raise ValueError(str(error).splitlines()[0]) from None
        if unknown:
            raise ValueError(f"url has {{{min(unknown)}}}, which is no parameter")
        return self

    def _check_parameters(self) -> None:
        if self.parameters:
            from jsonschema import Draft202012Validator, SchemaError  # 2 MB that most scenarios do without

            try:
                Draft202012Validator.check_schema(self.parameters)
            except SchemaError as error:
                raise ValueError(error) from None

    def mistake(self, arguments: object) -> str:
        """What is wrong with arguments for its parameters; "" where nothing is."""
        if not isinstance(arguments, dict):
            return "no object"
        if not self.parameters:
            return ""
        from jsonschema import Draft202012Validator

        return next((error.message for error in Draft202012Validator(self.parameters).iter_errors(arguments)), "")


class Recorded(Strict):
    """The calls are recorded, both sides. `consent` by language is said before the greeting; it may be left out."""

    consent: dict[str, str] = Field(default_factory=dict)


class Machine(Strict):
    """What is done when a machine answers a call that we have placed. `message` by language."""

    then: Literal["hangup", "message", "talk"] = "hangup"
    message: dict[str, str] = Field(default_factory=dict)
