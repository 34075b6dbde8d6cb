"""What a name, an address and a password may be, and when two names are the same one.

Two names are the same when they look alike: in other letters (NFKC, case folding) or in another script's letters of
the same shape (of Unicode's confusables.txt those of Greek and Cyrillic letters). A name is of one script, and holds
nothing that is not seen.
"""

import re
import unicodedata
from itertools import pairwise

from email_validator import EmailNotValidError, validate_email

from mesh.errors import BadInput

NAME, PASSWORD = (3, 64), (8, 256)
"""Characters, at least and at most."""
_SHAPES = str.maketrans("аеорсухіјѕһԁԛԝӏвкмнтναορυιβεζηκμτχı", "aeopcyxijshdqwlbkmhtvaopuibezhkmtxi")
"""Letters that are Latin ones to the eye, as small letters or as capitals."""
_ALONE = re.compile(r"[._ -]{2,}|^[._ -]|[._ -]$")
_DIFFERENT = 4


def username(given: str) -> str:
    """The name as it is kept. Raises BadInput invalid_username."""
    name = unicodedata.normalize("NFKC", given)
    if not NAME[0] <= len(name) <= NAME[1]:
        raise BadInput("invalid_username", f"username: it has {NAME[0]} to {NAME[1]} characters.")
    letters = [char for char in name if char not in "._ -"]
    if any(unicodedata.category(char)[0] not in "LMN" for char in letters) or not letters:
        raise BadInput("invalid_username", "username: letters, digits, and between them one of . _ - or a space.")
    if _ALONE.search(name) or unicodedata.category(name[0])[0] == "M" or not any(map(str.isalpha, name)):
        raise BadInput("invalid_username", "username: it begins and ends with a letter or a digit, and has a letter.")
    if any(unicodedata.combining(a) and unicodedata.combining(b) for a, b in pairwise(name)):
        raise BadInput("invalid_username", "username: too many marks on one letter.")
    if len({_script(char) for char in letters if char.isalpha()}) > 1:
        raise BadInput("invalid_username", "username: letters of one script only.")
    return name


def username_key(given: str) -> str:
    """What is the same for names that look the same; empty for what can be no name."""
    try:
        name = username(given)
    except BadInput:
        return ""
    folded = unicodedata.normalize("NFKC", name.casefold()).replace("i\u0307", "i")
    return unicodedata.normalize("NFKC", folded.translate(_SHAPES))


def email(given: str) -> str:
    """The address as it is kept. Raises BadInput invalid_email."""
    try:
        found = validate_email(given.strip(), check_deliverability=False, allow_smtputf8=True)
    except (EmailNotValidError, ValueError) as error:
        raise BadInput("invalid_email", "email: this is no e-mail address.") from error
    if len(found.normalized) > 254:
        raise BadInput("invalid_email", "email: it is longer than 254 characters.")
    return found.normalized


def email_key(given: str) -> str:
    """What is the same for one address, however it is written; empty for what can be none."""
    try:
        found = validate_email(given.strip(), check_deliverability=False, allow_smtputf8=True)
    except (EmailNotValidError, ValueError):
        return ""
    local = unicodedata.normalize("NFKC", found.local_part.casefold())
    return f"{local}@{found.ascii_domain.casefold()}"[:512]


def password(given: str, *, name: str, address: str) -> str:
    """A password that is good enough, as it is hashed (NIST SP 800-63B: NFKC). Raises BadInput weak_password."""
    text = normal(given)
    if not PASSWORD[0] <= len(text) <= PASSWORD[1]:
        raise BadInput("weak_password", f"password: it has {PASSWORD[0]} to {PASSWORD[1]} characters.")
    if len(set(text)) < _DIFFERENT:
        raise BadInput("weak_password", f"password: it has {_DIFFERENT} different characters, or more.")
    theirs = {name.casefold(), address.casefold(), address.partition("@")[0].casefold()}
    if text.casefold() in theirs:
        raise BadInput("weak_password", "password: it is your name, or your address.")
    return text


def normal(given: str) -> str:
    """A password as it is hashed, however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", given)


def _script(char: str) -> str:
    """The script of a letter: the first word of its name in Unicode."""
    word = unicodedata.name(char, "?").split(" ")[0]
    return "CJK" if word in ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO") else word
