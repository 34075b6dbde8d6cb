"""Words that matter to turn-taking, by language: those that show that more comes, that we should go on, or stop."""

import re

# An utterance that ends on one of these is not over: conjunctions, prepositions, articles, hesitations, openings.
_TRAILING = {
    "en": "and or but so because the a an my his her our your to from at on in for of with is it's its i'm are was um "
    "uh er hmm well like about between until till than that if when plus double triple",
    "ru": "и или но а что чтобы потому мой моя моё наш с со из от до в во на к по для за о об это эм ээ э ну так если "
    "когда зовут номер плюс",
    "de": "und oder aber weil der die das ein eine einen mein meine unser von vom bis zu zum im in am an auf für mit "
    "ist äh ähm hm also wenn dass ob ich bin heiße plus doppel",
    "es": "y e o u pero porque el la los las un una mi su nuestro de del a al en para por con es eh este pues si "
    "cuando que soy más doble",
    "fr": "et ou mais parce le la les un une mon ma notre de du des à au en pour par avec est euh ben si quand que je "
    "suis plus double",
}
# Said while we speak, they mean "go on".
_BACKCHANNEL = {
    "en": "mhm mm mmm hmm uh-huh uh huh yeah yes yep ok okay right sure aha ah oh i see good great fine alright",
    "ru": "ага угу да мм ммм хм так ясно понятно хорошо ладно ок окей ну понял поняла",
    "de": "mhm hm ja aha ok okay gut genau klar ach so verstehe alles",
    "es": "ajá mm mhm sí si ya vale ok okay claro bien bueno entiendo",
    "fr": "mhm hm oui ouais d'accord ok okay ah bon bien voilà je vois",
}
# These cut us off at once, and need no confirmation.
_STOP = {
    "en": ("stop", "wait", "hold on", "hang on", "one moment", "excuse me", "shut up", "enough", "no no"),
    "ru": (
        "стоп",
        "стой",
        "стойте",
        "подожди",
        "подождите",
        "погоди",
        "погодите",
        "хватит",
        "минутку",
        "секунду",
        "нет нет",
    ),
    "de": ("stopp", "stop", "warte", "warten sie", "halt", "moment", "genug", "nein nein"),
    "es": ("para", "pare", "espera", "espere", "alto", "un momento", "basta", "no no"),
    "fr": ("stop", "attends", "attendez", "arrêtez", "un moment", "une seconde", "ça suffit", "non non"),
}
# A full stop after one of these ends no sentence.
_ABBREVIATIONS = {
    "en": "mr mrs ms dr st no vs e.g i.e a.m p.m approx dept inc ltd jr sr",
    "ru": "г гг ул д кв т.е т.д т.п руб коп тел им стр обл р-н мин сек",
    "de": "z.b d.h u.a usw bzw nr str tel hr fr dr prof ca uhr evtl inkl",
    "es": "sr sra srta dr dra ud uds av c núm tel pág aprox",
    "fr": "m mme mlle dr av bd tél n etc p.ex env",
}
# Asking for another language, in the words of any: the stem of its name after a word that asks.
_NAMES = {
    "en": r"engl\w*|английск\w*|ingl[eé]s|anglais",
    "ru": r"russ\w+|русск\w*|ruso",
    "de": r"german|deutsch\w*|немецк\w*|alem[aá]n|allemand",
    "es": r"spanish|spanisch\w*|испанск\w*|español|espagnol",
    "fr": r"french|franz\w*|французск\w*|franc[eé]s|français",
}
_ASKING = (
    r"(?:speak|talk|switch to|in|continue in|говор\w+|по|на|давайте|sprech\w*|sprich|auf|habl\w+|en|parl\w+)"
    r"[\s-]+(?:\w+\s+)?"
)
_ASKED = r"[\s,]+(?:please|пожалуйста|bitte|por favor|s'il|speak\w*|sprechen|reden|говорить|hablar|parler)"
_REQUESTS = {
    code: re.compile(rf"\b{_ASKING}(?:{names})\b|\b(?:{names}){_ASKED}", re.IGNORECASE)
    for code, names in _NAMES.items()
}
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def words(text: str) -> list[str]:
    """Its words, lower case, numbers included."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def trails_off(text: str, language: str) -> bool:
    """Whether the text ends as nobody ends: on a conjunction, a comma, three dots."""
    stripped = text.rstrip()
    if stripped.endswith((",", "...", "…", "-", "–", ":")):
        return True
    said = words(stripped)
    return bool(said) and not stripped.endswith(("?", "!")) and said[-1] in _sets(_TRAILING, language)


def is_backchannel(text: str, language: str) -> bool:
    """Whether it says no more than that the caller listens; so does a text without words (a cough, a breath)."""
    allowed = _sets(_BACKCHANNEL, language)
    said = [part for word in words(text) for part in word.split("-")]
    return all(word in allowed or set(word) <= set("hmua") for word in said)


def is_stop(text: str, language: str) -> bool:
    """Whether the caller tells us to stop."""
    said = " ".join(words(text))
    return any(re.search(rf"(?:^|\s){phrase}(?:\s|$)", said) for phrase in _STOP.get(language, _STOP["en"]))


def is_abbreviation(word: str, language: str) -> bool:
    """Whether a word that a full stop follows is an abbreviation; so is a single letter."""
    lower = word.lower().rstrip(".")
    return lower in _sets(_ABBREVIATIONS, language) or (len(lower) == 1 and lower.isalpha())


def requested_language(text: str) -> str | None:
    """The language that the caller asks us to speak, if they do."""
    return next((code for code, pattern in _REQUESTS.items() if pattern.search(text)), None)


def _sets(table: dict[str, str], language: str) -> frozenset[str]:
    return _CACHE.setdefault((id(table), language), frozenset(table.get(language, "").split()))


_CACHE: dict[tuple[int, str], frozenset[str]] = {}
