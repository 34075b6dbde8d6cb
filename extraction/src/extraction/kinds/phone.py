"""A telephone number: dictated in any grouping, in pieces over several turns, corrected in part."""

import re
from collections.abc import Sequence
from dataclasses import replace

from extraction import phone, phone_found, phone_groups, phone_like, phone_patch, words
from extraction.kinds import Ask, Candidate
from extraction.phone_found import Found
from extraction.phone_groups import Gap, Group
from extraction.utterance import Utterance

SURE, UNASKED, AMENDED, JOINED = 0.97, 0.94, 0.85, 0.93
"""Confidence of a number without doubts when it was asked for, and when not; of one with a repair in it; of pieces."""
CHOICE = 0.5
DEAR = 0.8
"""Of a number that costs whoever calls it back: nearly nobody has one, and it is read back."""
LEAST_DIGITS = 6
ENDS = 3
"""So many digits are the beginning of a number where a turn ends with them, whatever stands before."""
UNASKED_DIGITS = 5
"""So many that nobody has asked for are the beginning of a number."""


_SENTENCE = re.compile(r"(?<!\.)[.?!](?!\.)")


class Phone:
    """A number in E.164."""

    name = "phone"
    order = 40
    dictated = True
    normal, apart, literal, strict = "digits with a leading + where the country code was said", "digits", True, True

    def find(self, said: Utterance, ask: Ask) -> list[Candidate]:
        """Complete numbers; of two that differ the caller is asked which."""
        ask = _read_in(said, ask)
        reading = said.readings[0]
        if not ask.before and sum(sign.isdigit() for sign in reading.text) < LEAST_DIGITS:
            return []
        every = phone_groups.of(reading, said.language)
        groups = [group for group in every if not group.denied]
        parts = _parts(groups)
        if amended := self._ended(every, said, ask):
            found = [amended]
        elif len(parts) > 1:
            found = self._repaired(parts, said, ask)
        else:
            found = [_candidate(one, ask) for one in phone_found.best(groups, said, ask)]
        if ask.before and (joined := self._joined(said, ask)) and not any(_begins(said, one, ask) for one in found):
            return [_charged(joined)]
        return [] if found and self._is_part(found, said, ask) else [_charged(one) for one in _choice(found)]

    def _ended(self, groups: Sequence[Group], said: Utterance, ask: Ask) -> Candidate | None:
        """A number of which a part is said anew behind it: "... 80. Not eighty, eighty-two", "... it ends in 82"."""
        at = next((place for place, group in enumerate(groups) if group.denied or group.gap == Gap.REPAIR), 0)
        whole = phone_found.natural(groups[:at], said.readings[0], ask) if at else []
        if len(whole) != 1:
            return None
        behind = said.cut(((0, groups[at - 1].source[1]),))
        made = phone_patch.patched(
            whole[0].value, behind, replace(ask, asked=False, corrects=True, known=whole[0].value)
        )
        return replace(made, spans=tuple(dict.fromkeys(group.source for group in groups))) if made else None

    def _is_part(self, found: Sequence[Candidate], said: Utterance, ask: Ask) -> bool:
        """Whether the digits are rather a part of the number that is held: "after 456 comes 2134"."""
        made = self.patch(ask.known, said, ask) if ask.corrects and ask.known else None
        return made is not None and made.confidence > max(one.confidence for one in found)

    def piece(self, said: Utterance, ask: Ask) -> Candidate | None:
        """The digits of an utterance that says little else, behind those that came before."""
        ask = _read_in(said, ask)
        reading = phone_groups.with_codes(said.readings[0], said.language)
        groups = _last_said(
            [group for group in phone_groups.of(reading, said.language) if not group.denied], reading.text
        )
        parts = _parts(groups)
        if not groups:
            return None
        digits = phone_groups.digits(parts[0])
        ends = len(digits) >= ENDS and len(parts) == 1 and not words.split(reading.text[groups[-1].end :])
        if not ends and len(words.split(_from_clause(reading.text, groups[0].start))) > phone.MOST_WORDS * len(parts):
            return None
        if ask.before and parts[0][0].gap == Gap.REPAIR:
            value, digits = self._amended([replace(parts[0][0], digits=one) for one in ask.before], parts[0], ask)
            return Candidate(value or digits, AMENDED, tuple(group.source for group in parts[0]))
        for part in parts[1:]:
            _, digits = self._amended(parts[0], part, ask)
        if len(digits.strip("+")) < (1 if ask.before else 2):
            return None
        spans = tuple(dict.fromkeys(group.source for group in groups))
        before = ask.before
        again = len(before) > 2 and digits.lstrip("+").startswith(before.lstrip("+")[:3])
        whole = before + digits.lstrip("+") if before and not again else digits
        return Candidate(whole if len(whole) <= phone.LONGEST else digits, JOINED, spans)

    def patch(self, value: str, said: Utterance, ask: Ask) -> Candidate | None:
        """A part of it said again: "ends in two four", "not 45 but 54", or digits that are like a part of it."""
        if not value.startswith("+"):
            return None
        made = phone_patch.patched(value, said, _read_in(said, ask))
        return _charged(made) if made else None

    def check(self, value: str, ask: Ask) -> str:
        """E.164."""
        return phone.valid(phone.bare(value), ask.region)

    def spoken(self, value: str, ask: Ask, *, by_letters: bool = False) -> str:
        """In its groups, or digit by digit."""
        return ", ".join(value) if by_letters else phone.spoken(value)

    def goes_on(self, said: Utterance, ask: Ask, before: str) -> bool | None:
        """Whether digits are still to come: there are some, and they make no number that cannot be longer."""
        ask = _read_in(said, ask)
        groups = [group for group in phone_groups.of(said.readings[0], said.language) if not group.denied]
        if not groups:
            return True if before else None
        if not ask.asked and len(phone_groups.digits(groups)) < UNASKED_DIGITS:
            return None  # a price, a house, a year
        digits = before + phone_groups.digits(groups).lstrip("+") if before else phone_groups.digits(groups)
        if phone.valid(digits, ask.region):
            return phone.may_go_on(digits, ask.region)
        found = self.find(said, replace(ask, before=before))
        if not found:
            return True
        return phone.may_go_on(found[0].value, ask.region)

    def _joined(self, said: Utterance, ask: Ask) -> Candidate | None:
        """The number that the pieces of earlier turns make with this one."""
        piece = self.piece(said, ask)
        value = self.check(piece.value, ask) if piece else ""
        return replace(piece, value=value) if piece and value else None

    def _repaired(self, parts: Sequence[Sequence[Group]], said: Utterance, ask: Ask) -> list[Candidate]:
        """What is left when each part takes the place of what stood before it."""
        held: list[Candidate] = []
        loose: Sequence[Group] = ()
        for part in parts:
            whole = [_candidate(one, ask) for one in phone_found.natural(part, said.readings[0], ask)]
            if whole:
                held, loose = whole, ()
            elif held:
                amended = phone_like.like(held[0].value, part, ask, named=True)
                held = [amended] if amended else held
            elif loose:
                value, _ = self._amended(loose, part, ask)
                held = [Candidate(value, AMENDED)] if value else []
                loose = () if value else part
            else:
                loose = part
        # What was taken back is nobody's either.
        spans = tuple(dict.fromkeys(group.source for part in parts for group in part))
        return [replace(one, spans=spans) for one in held]

    def _amended(self, before: Sequence[Group], after: Sequence[Group], ask: Ask) -> tuple[str, str]:
        """A number whose end was said again, and its digits; "" for the number when it is none yet."""
        options = phone_groups.amended(before, after)
        return next(((value, one) for one in options if (value := phone_found.here(one, ask.region))), ("", options[0]))


def _last_said(groups: list[Group], text: str) -> list[Group]:
    """Without those of earlier sentences, between which there are other matters: "un instant. Zéro deux, quarante"."""
    at = len(groups) - 1
    while at > 0 and not (groups[at].gap == Gap.OTHER and _SENTENCE.search(text, groups[at - 1].end, groups[at].start)):
        at -= 1
    return groups[max(at, 0) :]


def _from_clause(text: str, at: int) -> str:
    """The text from the clause on in which a place is: "just take the house, it's area code 617" ends with digits."""
    return text[max((end for end in range(at) if text[end] in ",.;:?!…"), default=-1) + 1 :]


def _charged(one: Candidate) -> Candidate:
    """Doubted where it is a premium number."""
    return replace(one, confidence=min(one.confidence, DEAR)) if phone.is_premium(one.value) else one


def _parts(groups: Sequence[Group]) -> list[list[Group]]:
    """What stands before and after each repair; a number is never read across one."""
    parts: list[list[Group]] = []
    for group in groups:
        if parts and group.gap != Gap.REPAIR:
            parts[-1].append(group)
        else:
            parts.append([group])
    return parts


def _candidate(found: Found, ask: Ask) -> Candidate:
    sure = min((SURE if ask.asked else UNASKED, *found.doubts.values()))
    return Candidate(found.value, sure, found.spans, found.others, found.doubts)


def _choice(found: Sequence[Candidate]) -> list[Candidate]:
    """The likeliest first; numbers that are as good as it are a choice to ask about."""
    best: dict[str, Candidate] = {}
    for one in sorted(found, key=lambda one: -one.confidence):
        best.setdefault(one.value, one)
    if not best:
        return []
    first, *rest = best.values()
    rivals = [one for one in rest if one.confidence >= first.confidence - 0.1]
    if not rivals:
        return [first]
    spans = tuple(span for one in (first, *rivals) for span in one.spans)
    others = tuple(dict.fromkeys((*first.others, *(one.value for one in rivals))))
    return [replace(first, confidence=min(first.confidence, CHOICE), spans=spans, others=others)]


def _begins(said: Utterance, found: Candidate, ask: Ask) -> bool:
    """Whether a number is a whole one beside what came before: it begins as numbers do."""
    if not found.spans or found.confidence < UNASKED:
        return False
    digits = phone_groups.digits(phone_groups.of(said.readings[0], said.language))
    return digits.startswith("+") or len(digits) >= len(ask.before) + LEAST_DIGITS


def _read_in(said: Utterance, ask: Ask) -> Ask:
    """The language that the words are in goes first."""
    return ask if ask.languages[:1] == (said.language,) else replace(ask, languages=(said.language, *ask.languages))
