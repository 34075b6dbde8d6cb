"""The engine without a model: walks the form, answers the scenario's questions, and says so when it can do no more."""

import re
from collections.abc import AsyncIterator

from gpt.engines import Answer
from mesh.errors import NoEngine
from mesh.settings import load_config
from mesh.wire.gpt import Dialogue, Faq, GptRequest
from mesh.wire.lang import Languages

_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


class Scripted:
    """Speaks the phrases of config/languages.yaml and those that the dialogue brings."""

    def __init__(self) -> None:
        self._languages = load_config("languages.yaml", Languages)

    async def respond(self, request: GptRequest) -> Answer:
        if request.json_schema is not None:
            raise NoEngine("no_model", "Structured answers need a model: set LLM_BASE_URL.")
        code = request.language or ("ru" if _CYRILLIC.search(request.user_input) else self._languages.default)
        language = self._languages.get(code)
        dialogue = request.dialogue
        said = language.templates["cannot"] if dialogue is None else _say(request, dialogue, language.templates)
        return Answer(_whole(said), language.code)

    async def aclose(self) -> None:
        """Nothing is open."""


def _say(request: GptRequest, dialogue: Dialogue, templates: dict[str, str]) -> str:
    answer = _faq_answer(request.user_input, dialogue.faq)
    if answer:
        before = answer
    elif dialogue.heard or dialogue.step == "done":
        before = ""
    elif dialogue.first:
        before = templates["hello"].split("!")[0] + "!"
    elif _is_question(request.user_input):
        before = templates["cannot"]
    elif dialogue.later:
        before = ""  # whether it was understood is not known yet
    else:
        before = templates["not_understood"]
    return f"{before} {'' if dialogue.later else dialogue.question}".strip()


def _faq_answer(text: str, faq: list[Faq]) -> str:
    """The answer of the entry that the most of whose keywords occur; a keyword must begin at a word's beginning."""
    lower = text.lower()

    def hits(entry: Faq) -> int:
        return sum(1 for keyword in entry.keywords if re.search(rf"\b{re.escape(keyword.lower())}", lower))

    best = max(faq, key=hits, default=None)
    return best.answer if best and hits(best) else ""


_QUESTION = re.compile(
    r"\?|^(what|how|where|when|why|who|can you|do you|is there|are there|"
    r"что|как|где|когда|почему|кто|можно ли|есть ли|"
    r"was|wie|wo|wann|warum|wer|gibt es|qué|cómo|dónde|cuándo|quién|hay|"
    r"que|quoi|comment|où|quand|pourquoi|qui|est-ce)\b",
    re.IGNORECASE,
)


def _is_question(text: str) -> bool:
    return bool(_QUESTION.search(text.strip()))


async def _whole(text: str) -> AsyncIterator[str]:
    yield text
