"""`./bench.sh lang`: our language detection beside plain langdetect, on the short utterances of tests/lang."""

import argparse
import sys
import time
from pathlib import Path

import langdetect
import yaml
from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

from lang.engines.words import WordsDetector

LANGUAGES = ("en", "ru", "de", "es", "fr")


def main() -> int:
    """Print the share that each gets right, and the time of one utterance."""
    argparse.ArgumentParser(prog="./bench.sh lang", description=__doc__).parse_args()
    utterances = yaml.safe_load(Path("tests/lang/utterances.yaml").read_text(encoding="utf-8"))
    pairs = [(text, code) for code in LANGUAGES for text in utterances[code]]
    ours = WordsDetector(LANGUAGES, 12_000)
    factory = DetectorFactory()
    factory.seed = 0  # it draws lots otherwise
    factory.load_json_profile([Path(PROFILES_DIRECTORY, code).read_text(encoding="utf-8") for code in LANGUAGES])

    def plain(text: str) -> str:
        detector = factory.create()
        detector.append(text)
        try:
            return str(detector.detect())
        except langdetect.LangDetectException:
            return ""

    def words(text: str) -> str:
        found = ours.detect(text, LANGUAGES, [])
        return found.language if found else ""

    for name, detect in (("langdetect", plain), ("ours", words)):
        started = time.perf_counter()
        right = sum(detect(text) == code for text, code in pairs)
        each = (time.perf_counter() - started) / len(pairs) * 1000
        print(f"{name:12}{right / len(pairs):7.1%} of {len(pairs)} utterances right, {each:.2f} ms each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
