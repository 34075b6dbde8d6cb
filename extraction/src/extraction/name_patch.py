"""A part of a name in the place of the one that it corrects."""

import re
from collections.abc import Sequence

from extraction import gazetteer, lexicon, people, spelling, table
from extraction.utterance import Utterance


def is_month(value: str, language: str) -> bool:
    """Whether what was heard as a name is a month."""
    return any(re.fullmatch(form, value.lower()) for form in lexicon.of(language).dates.month_forms)


def is_elsewhere(value: str, one: str) -> bool:
    """Whether what is said beside a known name is a place, nobody's given name, and like no part of the name."""
    like = max((spelling.like(part, one) for part in value.split()), default=0.0)
    return gazetteer.find(one) is not None and not people.known(one).given and like < spelling.LIKE


def put(value: str, new: str, said: Utterance, wrong: tuple[str, ...] = ()) -> str:
    """A new name in the place of an old one, or of the part of it that it is: the one that is called wrong, or by its
    name, or that is like it.
    """
    old, fresh = value.split(), new.split()
    if not wrong and len(fresh) == 1 and (whole := _completed(old, new, said)):
        return whole
    if len(old) < 2 or len(fresh) >= len(old) or len(fresh) != 1:
        return new
    if table.folded(new) in {table.folded(word) for word in old}:
        return value  # a part of it is said again
    place = _place(old, new, said, wrong)
    return " ".join([*old[:place], new, *old[place + 1 :]])


def _completed(old: Sequence[str], new: str, said: Utterance) -> str:
    """The name with the part that it lacks and that is called by its name: "my surname is Baker" behind a Laura; ""
    where it lacks none, or where a part like this one is there.
    """
    names = lexicon.of(said.language).names
    if any(spelling.like(part, new) >= spelling.LIKE for part in old):
        return ""
    if _is_called(names.last_name_alone or names.last_name, said) and people.known(old[0]).given:
        between = old[1:]
        after_father = bool(names.patronymics) and re.search(rf"(?:{names.patronymics})$", "".join(between).lower())
        return " ".join([*old, new]) if not between or (len(between) == 1 and after_father) else ""
    lacks = len(old) == 1 and bool(people.known(old[0]).surname) and not people.known(old[0]).given
    return f"{new} {old[0]}" if lacks and _is_called(names.first_name, said) else ""


def _is_called(phrase: str, said: Utterance) -> bool:
    return bool(re.search(rf"(?<!\w)(?:{phrase})", said.text, re.IGNORECASE))


def _place(old: Sequence[str], new: str, said: Utterance, wrong: tuple[str, ...]) -> int:
    """Which word of a name another one takes the place of."""
    names, last = lexicon.of(said.language).names, len(old) - 1
    if len(wrong) == 1 and wrong[0] in old:
        return old.index(wrong[0])
    if _is_called(names.last_name_alone or names.last_name, said):
        return last
    if _is_called(names.first_name, said):
        return 0
    likeness = [spelling.like(part, new) for part in old]
    best = likeness.index(max(likeness))
    if likeness[best] >= spelling.LIKE:
        return best
    known = people.known(new)
    return last if known.surname and not known.given else 0
