"""lingua (https://github.com/pemistahl/lingua-py): n-gram models in Rust; about 140 MB for five languages."""

from collections.abc import Sequence

from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

from lang.engines import Detected


class LinguaDetector:
    """lingua over the languages that we serve, with the history as a prior on close calls."""

    def __init__(self, languages: Sequence[str]) -> None:
        known = [Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper())) for code in languages]
        self._only = languages[0] if len(known) == 1 else None
        self._detector = None if self._only else LanguageDetectorBuilder.from_languages(*known).build()

    def detect(self, text: str, allowed: Sequence[str], history: Sequence[str]) -> Detected | None:
        if self._detector is None:
            return Detected(str(self._only), 1.0, "default")
        found = {
            v.language.iso_code_639_1.name.lower(): v.value
            for v in self._detector.compute_language_confidence_values(text)
        }
        scores = {code: found.get(code, 0.0) * (2.0 if history and history[-1] == code else 1.0) for code in allowed}
        best = max(scores, key=lambda code: scores[code])
        total = sum(scores.values())
        return Detected(best, round(scores[best] / total, 3), "letters") if total > 0 else None

    async def aclose(self) -> None:
        """Nothing is open."""
