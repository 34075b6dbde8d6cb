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
    if len(old) < 2 or len(fresh) >= len(old) or len(fresh) != 1:
        return new
    if table.folded(new) in {table.folded(word) for word in old}:
        return value  # a part of it is said again
    place = _place(old, new, said, wrong)
    return " ".join([*old[:place], new, *old[place + 1 :]])


def _place(old: Sequence[str], new: str, said: Utterance, wrong: tuple[str, ...]) -> int:
    """Which word of a name another one takes the place of."""
    names, last = lexicon.of(said.language).names, len(old) - 1
    if len(wrong) == 1 and wrong[0] in old:
        return old.index(wrong[0])
    if re.search(rf"(?<!\w)(?:{names.last_name_alone or names.last_name})", said.text, re.IGNORECASE):
        return last
    if re.search(rf"(?<!\w)(?:{names.first_name})", said.text, re.IGNORECASE):
        return 0
    likeness = [spelling.like(part, new) for part in old]
    best = likeness.index(max(likeness))
    if likeness[best] >= spelling.LIKE:
        return best
    known = people.known(new)
    return last if known.surname and not known.given else 0
