"""langdetect made deterministic, and good on short utterances.

An utterance of one to five words has too few letters for n-grams. So, in this order: the script, where only one
allowed language is written in it; the words, by their frequency in each language (wordfreq); the letters, by
langdetect's n-gram profiles, for words in no list; and the languages of the caller's earlier turns as a prior.
Everything is a sum of log probabilities, so the parts weigh against each other; nothing is random.
"""

import gzip
import math
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import msgpack
import orjson

from lang.engines import Detected

UNKNOWN_WORD = 1e-7  # frequency given to a word that is in no list of a language
LETTERS_WEIGHT = 0.5  # n-grams overlap, so their log probabilities count less
HISTORY_WEIGHT = 5.0  # nats for a language that all earlier turns were in
MAX_WORDS = 60  # the rest of a long text adds time, not certainty

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SCRIPTS = {
    "cyrillic": re.compile(r"[Ѐ-ӿ]"),
    "latin": re.compile(r"[A-Za-zÀ-ɏ]"),
    "greek": re.compile(r"[Ͱ-Ͽ]"),
    "arabic": re.compile(r"[؀-ۿ]"),
    "hebrew": re.compile(r"[֐-׿]"),
    "devanagari": re.compile(r"[ऀ-ॿ]"),
    "han": re.compile(r"[一-鿿぀-ヿ]"),
    "hangul": re.compile(r"[가-힯]"),
    "thai": re.compile(r"[฀-๿]"),
}
_WRITTEN_IN = {
    **dict.fromkeys(["ru", "uk", "bg", "mk"], "cyrillic"),
    **dict.fromkeys(["ar", "fa", "ur"], "arabic"),
    **dict.fromkeys(["hi", "mr", "ne"], "devanagari"),
    **dict.fromkeys(["zh", "ja"], "han"),
    "el": "greek",
    "he": "hebrew",
    "ko": "hangul",
    "th": "thai",
}


class WordsDetector:
    """Holds the word lists and n-gram profiles of the languages it is made for."""

    def __init__(self, languages: Sequence[str], words: int) -> None:
        self._words = {code: _word_list(code, words) for code in languages}
        self._ngrams = {code: _profile(code) for code in languages}

    def detect(self, text: str, allowed: Sequence[str], history: Sequence[str]) -> Detected | None:
        script, candidates = _by_script(text, allowed)
        if len(candidates) == 1 and script:
            return Detected(candidates[0], 1.0, "script")
        words = [word.lower().replace("’", "'") for word in _WORD.findall(text)[:MAX_WORDS]]
        prior = {code: _prior(code, history) for code in candidates}
        if not words or not candidates:
            return Detected(history[-1], 0.5, "history") if history and history[-1] in allowed else None
        by_words = {code: sum(self._word_score(code, word) for word in words) for code in candidates}
        # A word that is in a list is judged by it alone: the letters of the French "merci" are rather Italian.
        strange = [word for word in words if not any(self._knows(code, word) for code in candidates)]
        by_letters = {code: sum(self._letter_score(code, word) for word in strange) for code in candidates}
        scores = {code: by_words[code] + by_letters[code] + prior[code] for code in candidates}
        best = max(scores, key=lambda code: scores[code])
        confidence = 1.0 / sum(math.exp(min(50.0, score - scores[best])) for score in scores.values())
        known = any(word in self._words[best] for word in words)
        without = {code: scores[code] - prior[code] for code in candidates}
        changed = max(without, key=lambda code: without[code]) != best
        return Detected(best, round(confidence, 3), "history" if changed else "words" if known else "letters")

    async def aclose(self) -> None:
        """Nothing is open."""

    def _word_score(self, code: str, word: str) -> float:
        return math.log(self._frequency(code, word))

    def _knows(self, code: str, word: str) -> bool:
        return self._frequency(code, word) > UNKNOWN_WORD

    def _frequency(self, code: str, word: str) -> float:
        known = self._words[code]
        whole = known.get(word, 0.0)
        if not whole and "'" in word:
            # "j'aimerais", "don't": lists hold the parts
            whole = min(known.get(part, UNKNOWN_WORD) for part in word.split("'") if part)
        return max(whole, UNKNOWN_WORD)

    def _letter_score(self, code: str, word: str) -> float:
        """Mean log probability of the word's n-grams of 2 and 3 letters, per letter."""
        grams = self._ngrams[code]
        padded = f" {word} "
        found = [padded[i : i + n] for n in (2, 3) for i in range(len(padded) - n + 1)]
        total = sum(math.log(grams.get(gram, 1e-6)) for gram in found)
        return LETTERS_WEIGHT * total / 2


def _by_script(text: str, allowed: Sequence[str]) -> tuple[str, list[str]]:
    """The script that most letters are in, and the allowed languages written in it (all, when there is none)."""
    counts = {name: len(letters.findall(text)) for name, letters in _SCRIPTS.items()}
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return "", list(allowed)
    fitting = [code for code in allowed if _WRITTEN_IN.get(code, "latin") == script]
    return (script, fitting) if fitting else ("", list(allowed))


def _prior(code: str, history: Sequence[str]) -> float:
    recent = history[-5:]
    return HISTORY_WEIGHT * recent.count(code) / len(recent) if recent else 0.0


def _word_list(code: str, limit: int) -> dict[str, float]:
    """Frequencies of the `limit` most frequent words; {} for a language that wordfreq does not know.

    Read from wordfreq's data file (its format "cB": a header, then lists of words, each list 0.01 powers of ten rarer
    than the one before). Importing wordfreq itself would cost 25 MB, and it would keep every word.
    """
    path = _package("wordfreq") / "data" / f"small_{code}.msgpack.gz"
    if not path.exists():
        return {}
    words: dict[str, float] = {}
    with gzip.open(path) as file:
        unpacker = msgpack.Unpacker(file)
        buckets = unpacker.read_array_header()
        header = unpacker.unpack()
        if header != {"format": "cB", "version": 1}:
            raise ValueError(f"{path} has a format that we do not know: {header}")
        for step in range(buckets - 1):
            for word in unpacker.unpack():
                words[word] = 10.0 ** (-step / 100)
                if len(words) >= limit:
                    return words
    return words


def _profile(code: str) -> dict[str, float]:
    """Probabilities of n-grams of 2 and 3 letters from langdetect's profile; {} for a language without one."""
    path = _package("langdetect") / "profiles" / {"zh": "zh-cn"}.get(code, code)
    if not path.exists():
        return {}
    profile = orjson.loads(path.read_bytes())
    totals = profile["n_words"]
    return {gram: count / totals[len(gram) - 1] for gram, count in profile["freq"].items() if len(gram) > 1}


def _package(name: str) -> Path:
    spec = find_spec(name)
    assert spec
    assert spec.origin
    return Path(spec.origin).parent
