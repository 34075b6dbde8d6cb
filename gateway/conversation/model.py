"""What a language model finds in an utterance, and what it makes of a call: JSON by vLLM's structured output.

The model proposes, the rules dispose: a value is taken only in the form that the rules give it, and only when it is in
what the caller said. Without a model nothing is asked of gpt for a while.

| gpt, for values | then                                                                                      |
| --------------- | ----------------------------------------------------------------------------------------- |
| slow            | the next question is said without them; what comes within LATE_S still fills the form     |
| down            | the rules alone fill the form; where there is no model it is left alone for NO_MODEL_S    |
| lying           | what the rules refute is not taken, and is asked for again                                |
"""

import asyncio
import re
import time
from collections.abc import Awaitable
from itertools import islice
from typing import Any

import orjson

from extraction import words
from extraction.utterance import Utterance
from gateway.conversation import fields
from gateway.conversation.fields import Context
from gateway.conversation.form import Taken
from gateway.conversation.session import Session
from gateway.conversation.steps import Turn
from gateway.scenario.models import FormField
from mesh import logs
from mesh.client import Client
from mesh.errors import PeerInvalid, PeerRefused
from mesh.wire.common import shortened
from mesh.wire.gpt import MAX_TEXT, REPLY, GptRequest

NO_MODEL_S = 60.0
LATE_S = 6.0
"""The model's whole time for a turn's values, though nobody waits so long for them."""
LONG = 8
"""Words from which an utterance may say more than the rules have found."""
SECURE, UNSURE = 0.85, 0.5
"""Confidence of a value that stands in the utterance word for word, and of one that was worked out from it."""
READINGS, END = 20, 7
"""Readings in which the end of a number is looked for, and its digits."""
Values = dict[str, tuple[str, float]]
"""By field, each with its confidence."""
log = logs.get("model")


class Beside:
    """What a model finds in one turn, while the answer to the turn is being written and spoken."""

    def __init__(self, asking: Awaitable[Values | None], wait_s: float) -> None:
        self._until = asyncio.get_running_loop().time() + wait_s
        self._task = asyncio.create_task(_safely(asking))
        self.passed = False
        """The next question was said without it."""
        self.came_at: float | None = None
        """On the loop's clock."""
        self._task.add_done_callback(self._came)
        self.wanted = False
        """The turn is taken: what is found in it is kept, whatever becomes of the answer."""

    async def soon(self) -> Values:
        """What is found by the time the next question must be known."""
        left_s = self._until - asyncio.get_running_loop().time()
        await asyncio.wait({self._task}, timeout=max(0.0, left_s))
        self.passed = not self._task.done()
        return {} if self.passed else self._task.result()

    async def at_last(self) -> Values:
        """What is found, however late."""
        return await self._task

    def drop(self) -> None:
        """The turn was none, unless it has been taken."""
        if not self.wanted:
            self._task.cancel()

    def _came(self, _: object) -> None:
        self.came_at = asyncio.get_running_loop().time()


async def _safely(asking: Awaitable[Values | None]) -> Values:
    """Whatever a model answers, the turn goes on."""
    try:
        return await asking or {}
    except Exception:
        log.exception("values broke")
        return {}


class Model:
    """gpt's structured answers, where there is a model."""

    def __init__(self, gpt: Client, deadline_s: float) -> None:
        self._gpt, self._deadline_s = gpt, deadline_s
        self._none_until = 0.0

    def is_needed(self, session: Session, text: str, taken: Taken) -> bool:
        """Whether the utterance may hold a value that the rules have missed: nothing came of it, or it is long."""
        if session.asked in session.pending:
            return False  # a number that comes in pieces
        missing = [one.name for one in session.scenario.fields if one.name not in session.fields | taken.fresh]
        answered = taken.heard and (session.asked in taken.fresh or session.asked not in missing)
        waits = not answered or len(words.split(text)) >= LONG
        return bool(missing) and waits and time.monotonic() >= self._none_until and not taken.confirmed

    def beside(self, turn: Turn, session: Session, text: str, context: Context, wait_s: float) -> Beside:
        """Begin to look for values; the next question may wait so long for them."""
        return Beside(turn.optional("values", self.values(session, text, context)), wait_s)

    async def values(self, session: Session, text: str, context: Context) -> Values:
        """Values; only what the rules do not refute. Raises PeerError."""
        form = session.scenario.fields
        asked = next((one.ask.get(session.language, "") for one in form if one.name == session.asked), "")
        prompt = (
            "Extract what the caller says about themselves and their request. Use null for what they do not say; "
            f"never guess. Today is {context.today:%A, %Y-%m-%d}. They were asked: {asked or 'nothing yet'}"
        )
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "required": [one.name for one in form],
        }
        schema["properties"] = {one.name: _property(one) for one in form}
        try:
            found = await self.ask(prompt, text, schema)
        except PeerRefused as error:
            if error.code != "no_model":
                raise
            return {}  # the rules alone fill the form: nothing is amiss
        taken, said = {}, words.readable(text)
        for one in form:
            value = found.get(one.name)
            if value not in (None, "") and (right := checked(one, str(value), said, context)):
                taken[one.name] = right
            elif value not in (None, ""):
                log.info("the rules refute the model", session_id=session.id, field=one.name)
        return taken

    async def ask(self, prompt: str, text: str, schema: dict[str, Any], deadline_s: float = 0) -> dict[str, Any]:
        """An answer of this schema. Raises PeerError: PeerRefused `no_model`, PeerInvalid."""
        request = GptRequest(
            user_input=shortened(text, MAX_TEXT), system_prompt=prompt, json_schema=schema, max_tokens=400
        )
        if time.monotonic() < self._none_until:
            raise PeerRefused("gpt", 422, "no_model", "there is no model")
        try:
            answer = await self._gpt.call(REPLY, request, deadline_s=deadline_s or self._deadline_s, retries=0)
        except PeerRefused:
            self._none_until = time.monotonic() + NO_MODEL_S
            raise
        try:
            found = orjson.loads(answer.response)
        except orjson.JSONDecodeError as error:
            raise PeerInvalid("gpt", "a structured answer is not JSON") from error
        if not isinstance(found, dict):
            raise PeerInvalid("gpt", "a structured answer is no object")
        return found


def _property(one: FormField) -> dict[str, Any]:
    said: dict[str, Any] = {"type": ["string", "null"]}
    if one.choices:
        said["enum"] = [*(choice.value for choice in one.choices), None]
    return {**said, "description": f"{one.label.get('en', one.name)} ({fields.kind(one).normal})"}


def checked(one: FormField, value: str, text: str, context: Context) -> tuple[str, float] | None:
    """A value of the model as the rules write it, and its confidence; None: refuted."""
    kind, said = fields.kind(one), Utterance(text, context.language)
    right = kind.check(" ".join(value.split())[:200], context.ask(one, asked=True))
    if not right:
        return None
    if _is_said(right, said):
        return right, SECURE
    return None if kind.literal else (right, UNSURE)


def _is_said(value: str, said: Utterance) -> bool:
    """Whether each word of a value stands in the text, its ending aside ("Ялта" is said in "в Ялту"), or all of its
    digits but a country code, in some reading; letters may be spelled.
    """
    readings = [reading.text.lower() for reading in islice(said.readings, READINGS)]
    if not words.split(value):
        end = re.sub(r"\D", "", value)[-END:]
        return bool(end) and any(
            end in re.sub(r"\D", "", reading) if len(end) == END else re.search(rf"(?<!\d){end}(?!\d)", reading)
            for reading in readings
        )
    squeezed = [re.sub(r"[\W_]", "", one) for one in (said.text.lower(), *readings[:1])]
    stems = [word.lower()[: max(2, len(word) - 2)] for word in re.findall(r"[^\W_]+", value)]
    return all(any(stem in one for one in squeezed) for stem in stems)
