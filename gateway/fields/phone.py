"""Phone numbers in an utterance: digits in any grouping, and digits spoken one by one."""

import re

# Spoken digits; "double" and "triple" repeat the next one.
_DIGITS = {
    "en": "zero oh one two three four five six seven eight nine",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
}
_REPEAT = {"double": 2, "triple": 3, "дважды": 2}
_PLUS = {"plus", "плюс", "más", "mas"}
_MORE = {"ru": {"нуль": "0", "раз": "1"}, "de": {"ein": "1", "eine": "1", "zwo": "2"}, "fr": {"une": "1", "zero": "0"}}
_TOKEN = re.compile(r"\+|\d+|[^\W\d_]+|[^\w\s]|\s+")
_CANDIDATE = re.compile(r"\+?\d(?:[\s().,/–-]*\d){6,16}")


def find(text: str, language: str, region: str) -> tuple[str, str]:
    """The first valid number as E.164 ("" when there is none), and the text without it.

    A number without a country code is read in `region`. An incomplete number is no number.
    """
    import phonenumbers  # 50 ms: fields.warm loads it beside the start

    digits = as_digits(text, language)
    for match in _CANDIDATE.finditer(digits):
        bare = re.sub(r"[^\d+]", "", match[0])
        for candidate in (bare, "+" + bare.lstrip("+")):
            try:
                number = phonenumbers.parse(candidate, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                found = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
                return found, digits[: match.start()] + " " + digits[match.end() :]
    return "", text


def as_digits(text: str, language: str) -> str:
    """The text with spoken digits as digits; anything else stays as it is."""
    values = _values(language)
    tokens = _TOKEN.findall(text)
    if not any(token.lower() in values for token in tokens):
        return text
    out: list[str] = []
    repeat = 1
    for token in tokens:
        lower = token.lower()
        if lower in _REPEAT:
            repeat = _REPEAT[lower]
        elif lower in values:
            out.append(values[lower] * repeat)
            repeat = 1
        elif lower in _PLUS:
            out.append("+")
        else:
            out.append(token)
    return re.sub(r"\+\s+(?=\d)", "+", "".join(out))


def _values(language: str) -> dict[str, str]:
    spoken_digits = _DIGITS.get(language, _DIGITS["en"]).split()
    if language == "en":
        values = {word: str(max(0, index - 1)) for index, word in enumerate(spoken_digits)}
    else:
        values = {word: str(index) for index, word in enumerate(spoken_digits)}
    return values | _MORE.get(language, {})


def spoken(value: str) -> str:
    """E.164 in the groups in which it is written, so that it is read in groups."""
    import phonenumbers

    number = phonenumbers.parse(value)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)).replace("-", " ")


def may_go_on(digits: str, region: str) -> bool:
    """Whether the number in a text of digits is valid so far but a longer one would be too."""
    import phonenumbers

    bare = re.sub(r"[^\d+]", "", digits)

    def valid(number: str) -> bool:
        try:
            return bool(phonenumbers.is_valid_number(phonenumbers.parse(number, region)))
        except phonenumbers.NumberParseException:
            return False

    read = next((form for form in (bare, "+" + bare.lstrip("+")) if valid(form)), "")
    return bool(read) and any(valid(read + more) for more in ("0", "00", "1", "11"))
