"""The engine without a model: walks the form, answers the scenario's questions, and says so when it can do no more."""

import re
import unicodedata
from collections import Counter
from collections.abc import AsyncIterator

from gpt.engines import Answer
from mesh.errors import NoEngine
from mesh.settings import load_config
from mesh.wire.gpt import Dialogue, Faq, GptRequest
from mesh.wire.lang import Languages


class Scripted:
    """Speaks the phrases of config/languages.yaml and those that the dialogue brings."""

    def __init__(self) -> None:
        self._languages = load_config("languages.yaml", Languages)
        self._default = self._languages.get(self._languages.default)
        begins = "|".join(re.escape(words) for language in self._languages.languages for words in language.questions)
        self._question = re.compile(rf"\?|^({begins})\b", re.IGNORECASE)

    async def respond(self, request: GptRequest) -> Answer:
        if request.json_schema is not None:
            raise NoEngine("no_model", "Structured answers need a model: set LLM_BASE_URL.")
        language = self._languages.get(request.language or self._written_in(request.user_input))
        dialogue = request.dialogue
        asks = bool(self._question.search(request.user_input.strip()))
        said = language.templates["cannot"] if dialogue is None else _say(request, dialogue, language.templates, asks)
        return Answer(_whole(said), language.code)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _written_in(self, text: str) -> str:
        """The first language in the script of the text; the default one where none is."""
        script = _script(text)
        known = (language.code for language in self._languages.languages if _script(language.name) == script)
        return self._default.code if script == _script(self._default.name) else next(known, self._default.code)


def _say(request: GptRequest, dialogue: Dialogue, templates: dict[str, str], asks: bool) -> str:
    answer = _faq_answer(request.user_input, dialogue.faq)
    if answer:
        before = answer
    elif dialogue.heard or dialogue.step == "done":
        before = ""
    elif dialogue.first:
        before = templates["hello"].split("!")[0] + "!"
    elif asks:
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


def _script(text: str) -> str:
    """The script of most of its letters: LATIN, CYRILLIC, …"""
    scripts = Counter(unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    return scripts.most_common(1)[0][0] if scripts else ""


async def _whole(text: str) -> AsyncIterator[str]:
    yield text
