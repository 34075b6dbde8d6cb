"""gpt: what the caller said to what we answer."""

from typing import Literal

from pydantic import Field

from mesh.wire.common import Json
from mesh.wire.model import Model
from mesh.wire.route import Route

MAX_TEXT = 8_000


class Message(Model):
    """One earlier turn's half, as in OpenAI's chat format."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_TEXT)


class Faq(Model):
    """A question the scenario answers: any of `keywords` (lower case, word beginnings) in the utterance asks it."""

    keywords: list[str] = Field(min_length=1)
    answer: str


class Dialogue(Model):
    """Where the form stands: all that the scripted engine speaks from, and what a model is told to do next."""

    step: Literal["ask", "confirm", "done"]
    question: str
    """What must be said at this step, in the caller's language: the question, the summary to confirm, the goodbye."""
    heard: bool = False
    """The utterance filled or confirmed something."""
    first: bool = False
    """Nothing has been asked yet: a bare opening is not a misunderstanding."""
    faq: list[Faq] = Field(default_factory=list)
    later: bool = False
    """The question is not known yet: it is said by the caller of gpt after these words, which ask for nothing."""


class Tool(Model):
    """A function that the model may ask the client to call; `parameters` is a JSON Schema."""

    name: str = Field(pattern="^[A-Za-z0-9_-]{1,64}$")
    description: str = ""
    parameters: Json = Field(default_factory=dict)


class FunctionCall(Model):
    """A call that the model asked for: `arguments` is JSON text; `output` what the client answered."""

    id: str
    name: str
    arguments: str = "{}"
    output: str = ""


class GptRequest(Model):
    """Body of POST /process."""

    user_input: str = Field(min_length=1, max_length=MAX_TEXT, examples=["What can you do?"])
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$", examples=["en"])
    """Language to answer in; absent: that of `user_input`, as far as its script tells."""
    history: list[Message] = Field(default_factory=list, max_length=400)
    system_prompt: str | None = Field(default=None, max_length=20_000)
    max_tokens: int | None = Field(default=None, ge=1, le=4096)
    temperature: float | None = Field(default=None, ge=0, le=2)
    dialogue: Dialogue | None = None
    tools: list[Tool] = Field(default_factory=list, max_length=128)
    tool_choice: str = Field(default="auto", pattern="^[A-Za-z0-9_-]{1,64}$")
    """`auto`: the model chooses; `none`, `required` (any of them), or the name of the one that it must call."""
    calls: list[FunctionCall] = Field(default_factory=list, max_length=64)
    """What was called since `user_input`, with its outputs: the model goes on from there."""
    hedge: bool = False
    """The first engine is late: let the others answer, if there are any."""
    json_schema: Json | None = Field(default=None, max_length=100)
    """The answer must be JSON of this schema, and nothing else; 422 `no_model` where no model can do that."""
    stream: bool = False
    """true: text/event-stream of `{"delta"}` events, then one `{"done": GptReply}`."""


class GptReply(Model):
    """The answer. `finish` is `length` when the token limit cut it."""

    response: str
    engine: str
    model: str = ""
    language: str = ""
    finish: Literal["stop", "length"] = "stop"
    calls: list[FunctionCall] = Field(default_factory=list)


REPLY = Route("POST", "/process", GptRequest, GptReply, deadline_s=10.0, idempotent=True)
STREAM = Route("POST", "/process", GptRequest, bytes, deadline_s=10.0, idempotent=True)
"""The same with `stream`."""
