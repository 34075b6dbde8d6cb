"""Barge-in: the caller speaks while we do. Paused at once, then confirmed or taken back.

1. A voiced frame that is not our echo (two, where there is doubt): our audio is paused.
2. What it was decides: words confirm it; a cough, "mhm" or our own words coming back do not.
3. Confirmed: what was not heard is thrown away. Taken back: the same audio goes on from where it was heard, after a
   click at once.
"""

from enum import Enum

from gateway.turns import vocabulary

LIKELY_MS = 96
"""Voice that stops us where any speech does (server_vad)."""
CLICK_MS, CLICK_OVER_MS = 64, 96
"""A sound so short, with so much silence after it, is no word: nobody is asked what it means."""
ASK_MS = 320
"""Voice after which what was said so far is recognised, while it still goes on."""
SURE_MS = 900
"""Voice that confirms by its length alone: no cough is so long."""
GIVE_UP_MS = 600
"""Silence after which a short sound without a transcript is taken back."""


class Verdict(Enum):
    """What an interruption turned out to be."""

    WAIT = "wait"
    CONFIRMED = "confirmed"
    TAKEN_BACK = "taken_back"


def by_length(voiced_ms: int, silence_ms: int, *, asked: bool) -> Verdict:
    """Without a transcript. `asked`: the recogniser is still working on it."""
    if voiced_ms >= SURE_MS:
        return Verdict.CONFIRMED
    if voiced_ms <= CLICK_MS and silence_ms >= CLICK_OVER_MS:
        return Verdict.TAKEN_BACK
    if silence_ms >= GIVE_UP_MS and not asked:
        return Verdict.TAKEN_BACK
    if silence_ms >= 2 * GIVE_UP_MS:
        return Verdict.TAKEN_BACK if voiced_ms < SURE_MS // 2 else Verdict.CONFIRMED
    return Verdict.WAIT


def by_words(text: str, language: str, said: str, *, answering: bool, over: bool) -> Verdict:
    """With a transcript of the interruption so far.

    `said` is what we have said lately, `answering` that our question has been heard, so that "yes" answers it, `over`
    that the caller has stopped.
    """
    if vocabulary.is_stop(text, language) and not _is_echo(text, said):
        return Verdict.CONFIRMED
    if not vocabulary.words(text):
        return Verdict.TAKEN_BACK if over else Verdict.WAIT
    if _is_echo(text, said):
        return Verdict.TAKEN_BACK if over else Verdict.WAIT
    if vocabulary.is_backchannel(text, language):
        if answering:
            return Verdict.CONFIRMED
        return Verdict.TAKEN_BACK if over else Verdict.WAIT
    return Verdict.CONFIRMED


def _is_echo(text: str, said: str) -> bool:
    """Whether these are our own words: three or more, nearly all of them in the order in which we said them."""
    heard, ours = vocabulary.words(text), vocabulary.words(said)
    if len(heard) < 3:
        return len(heard) > 0 and len(ours) > 0 and " ".join(heard) in " ".join(ours[-6:]) and len(heard) > 1
    found, position = 0, 0
    for word in heard:
        if word in ours[position:]:
            position = ours.index(word, position) + 1
            found += 1
    return found >= 0.75 * len(heard)
