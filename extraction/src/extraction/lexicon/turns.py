"""Words that matter to turn-taking: those that show that more comes, that we should go on, or stop."""

from extraction.lexicon.section import Phrase, Section, Words


class Turns(Section):
    """How speakers of the language take turns."""

    trailing: Words
    """Nobody ends on one of these: conjunctions, prepositions, articles, hesitations, openings ("and", "my", "um")."""
    backchannel: Words
    """Said while we speak, they mean "go on": "mhm", "right", "I see", each word by itself."""
    stop: tuple[Phrase, ...]
    """These cut us off at once: "wait", "hold on"."""
    abbreviations: Words
    """A full stop after one of these ends no sentence; without the stop itself: "dr", "e.g"."""
    ordinal_dot: bool = False
    """A full stop makes a number an ordinal: "1. Juli"."""
    called: Phrase
    """How the language is called, in itself and in others: "german|deutsch\\w*|allemand"."""
    before_language: Phrase
    """What comes before the name of a language that is asked for: "speak", "switch to", "in"."""
    after_language: Phrase
    """What comes after it: "please", "speak\\w*"."""
