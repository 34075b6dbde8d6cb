"""Words that are an answer in themselves, or no answer to anything, by language."""

import re
from functools import cache

from extraction import lexicon, patterns

# Said while thinking, greeting or not understanding: never a name or a city.
OTHER = {
    "en": """
        me him her us
        back on at soon calling hello hi hey good morning evening afternoon what who why how where when pardon sorry
        repeat again please thanks thank you i we the a an to want would like need book room help wait moment hmm um uh
        well later my is it go travel fly come get stay visit there here anywhere can could do does name phone number
        city date dates don't know never mind nothing stop goodbye bye operator yet think guess maybe probably actually
        just already told second minute am are was so not very hotel oh oops ah of from this that those these if as or
        and but it's i'm that's there's you're we're they're what's let's didn't can't i'd i'll we'd speaking ahead then
        sounds look alright great only let us see question answer nice lovely beautiful warm somewhere until till
        reading mobile
    """,
    "ru": """
        алло здравствуйте привет добрый день вечер утро что кто как где когда почему повторите ещё раз пожалуйста
        спасибо я мы хочу нужно надо забронировать номер помощь подождите минуту ну эм ммм мне меня имя телефон город
        поехать ехать лететь туда сюда дата даты не знаю ничего стоп до свидания оператор можно хотел хотела бы секунду
        секундочку минутку минуточку скажу отель гостиница ой ах эй опять это то так же на в с по из за для у к от был
        была и а но ладно значит слушайте стоит сколько какой какая записывайте пишите вопрос слышно допустим скажем
        наверное
    """,
    "de": """
        hallo guten tag morgen abend was wer wie wo wann warum bitte danke wiederholen nochmal ich wir möchte will
        fahren gehen reisen fliegen dorthin brauche zimmer buchen hilfe moment ähm hm also mein meine name telefon
        nummer stadt datum weiß nichts ein eine einen einer stopp tschüss auf wiederhören kann können entschuldigung
        sekunde ach oh das ist die der dem den es so mal auch noch und tja naja lautet bin grüß vom bis zum zur am im
        nur bloß gott frage denn da
    """,
    "es": """
        hola buenos buenas días tardes noches qué quién cómo dónde cuándo por favor gracias repita repetir otra vez ir
        viajar volar allí aquí yo nosotros quiero quisiera necesito reservar habitación ayuda momento eh pues mi nombre
        teléfono número ciudad fecha sé nada adiós operador puede perdone perdón segundo un una entiendo oigo le me ay
        uy es el la los las de del soy está muy mire oiga mejor no pregunta ahora todo hasta al para servirle servirte
        solo sólo dígame diga dime hable ah vamos
    """,
    "fr": """
        allô bonjour bonsoir salut que quoi qui comment où quand pourquoi s'il vous plaît merci répétez encore je aller
        partir voyager là nous veux voudrais besoin réserver chambre aide attendez moment euh ben mon ma nom téléphone
        numéro ville date sais rien au revoir opérateur pouvez pardon excusez un une seconde instant dans oh ah zut
        c'est le la les de du des est suis ce ça bon alors écoutez appareil question moi et juste seulement jusqu'au
        dites écoute vas allez
    """,
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OTHERS = {code: frozenset(text.split()) for code, text in OTHER.items()}


FIRST, NEAR = 8, 2
"""Words of an utterance that answer, and words from a no to the yes that it turns round."""
MOST_READ = 1_000
"""Characters of an utterance that the rules read: more than a minute of speech. It bounds what a turn may take."""


def readable(text: str) -> str:
    """A text without long runs of spaces and of one sign, and no longer than MOST_READ: its beginning and its end."""
    text = re.sub(r"([^\w\s])\1{3,}", r"\1\1\1", " ".join(text[: 8 * MOST_READ].split()))
    if len(text) <= MOST_READ:
        return text.strip()
    half = MOST_READ // 2 - 2
    head, tail = text[:half].rpartition(" ")[0] or text[:half], text[-half:].partition(" ")[2] or text[-half:]
    return f"{head} … {tail}".strip()


def split(text: str) -> list[str]:
    """The words of a text, with their apostrophes and hyphens."""
    return _WORD.findall(text)


def yes(language: str) -> frozenset[str]:
    """The words that say yes."""
    return _set(lexicon.of(language).answers.yes_words)


def no(language: str) -> frozenset[str]:
    """The words that say no, or not quite."""
    return _set(lexicon.of(language).answers.no_words)


@cache
def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def means(text: str, language: str) -> str:
    """`yes`, `no`, or "" for neither, by the first words: the very first counts double, and so does a whole phrase ("no
    problem", "is wrong"); a yes right after a no ("not quite right") is one. Where both weigh the same it is a no.
    """
    answers = lexicon.of(language).answers
    head = _head(text.lower().replace("’", "'"), FIRST)
    yes_weight, head = _phrases(head, answers.agreed)
    no_weight, head = _phrases(head, answers.wrong)
    denied = 0
    for place, word in enumerate(_said_together(head, language)):
        if word in no(language):
            no_weight += 1 if place else 2
            denied = NEAR + 1
        elif word in yes(language):
            yes_weight += 0 if denied else 1 if place else 2
            no_weight += 1 if denied else 0
        denied = max(0, denied - 1)
    return "no" if no_weight and no_weight >= yes_weight else "yes" if yes_weight else ""


def _head(text: str, most: int) -> str:
    """The text up to so many words."""
    found = list(_WORD.finditer(text))
    return text if len(found) <= most else text[: found[most - 1].end()]


def _said_together(head: str, language: str) -> list[str]:
    """The words; a no right after a yes ("passt nicht") stands before it."""
    found = list(_WORD.finditer(head))
    said = [match[0] for match in found]
    for place in range(1, len(said)):
        gap = head[found[place - 1].end() : found[place].start()]
        if said[place] in no(language) and said[place - 1] in yes(language) and place == 1 and not gap.strip():
            said[place - 1], said[place] = said[place], said[place - 1]
    return said


def _phrases(text: str, phrases: tuple[str, ...]) -> tuple[int, str]:
    """What the phrases in a text weigh, and the text without them."""
    pattern = patterns.compiled(any_of(phrases))
    return 2 * len(pattern.findall(text)), pattern.sub(" ", text)


def refuses(text: str, language: str) -> bool:
    """Whether it clearly refuses an answer."""
    pattern = any_of(lexicon.of(language).answers.refuses)
    return not text.rstrip().endswith("?") and bool(patterns.search(pattern, text.replace("’", "'"), re.IGNORECASE))


def parts(text: str, language: str) -> list[str]:
    """The text split at changes of mind: a mark is one only where a value may stand before it and after it."""
    mark = any_of(lexicon.of(language).answers.marks)
    made, at = [], 0
    for found in patterns.finditer(rf"[\s,.;:!…–-]+(?:{mark}[\s,.;:!…–-]+)+", text, re.IGNORECASE):
        if may_hold(text[at : found.start()], language) and may_hold(text[found.end() :], language):
            made.append(text[at : found.start()])
            at = found.end()
    return [*made, text[at:]]


def may_hold(text: str, language: str) -> bool:
    """Whether a value may be in it: a word that is no everyday word, or a number; and it asks nothing."""
    said = split(text)
    holds = any(sign.isdigit() for sign in text) or any(not is_plain(word, language) for word in said)
    return holds and not text.rstrip().endswith("?")


def opening(text: str, language: str) -> int:
    """Where that ends with which a contradiction opens: of "no, sorry, it's Hannah" the no and the sorry; 0: none."""
    answers = lexicon.of(language).answers
    opens = any_of(tuple(sorted(no(language))) + answers.marks)
    found = patterns.compiled(rf"[\s,.;:!…–-]*(?:{opens}[\s,.;:!…–-]+)+", re.IGNORECASE).match(text)
    return found.end() if found else 0


@cache
def any_of(phrases: tuple[str, ...]) -> str:
    """One pattern for phrases of a lexicon, the longest first; one that never matches for none."""
    if not phrases:
        return r"(?!)"
    either = "|".join(sorted(phrases, key=len, reverse=True)).replace(" ", r"\s+")
    return rf"(?<!\w)(?:{either})(?!\w)"


def after_change_of_mind(text: str, language: str) -> str:
    """What follows "no wait", "I mean" within a text; "" when nobody changed their mind."""
    marks = any_of(lexicon.of(language).answers.marks)
    found = list(patterns.finditer(rf"(?<=[\s,.…]){marks}\s+", text, re.IGNORECASE))
    return text[found[-1].end() :] if found else ""


def changes_mind(text: str, language: str) -> bool:
    """Whether what follows a text takes the place of what stands before it."""
    return bool(patterns.search(any_of(lexicon.of(language).answers.marks), text, re.IGNORECASE))


def leading(text: str, language: str) -> int:
    """Where what answers, or contradicts, at the beginning ends: of "okay, but the city" the okay."""
    opens = any_of((*sorted(yes(language) | no(language)), *lexicon.of(language).answers.marks))
    found = patterns.compiled(rf"[\s,.;:!…–-]*(?:{opens}[\s,.;:!…–-]+)+", re.IGNORECASE).match(text)
    return found.end() if found else 0


def without_no(text: str, language: str) -> str:
    """What follows the no at the beginning of a text: of "no, it's Hannah" the rest."""
    rest = text.strip()
    while (found := _WORD.match(rest)) and found[0].lower() in no(language):
        rest = rest[found.end() :].lstrip(" ,.!;–-")
    return rest


def is_plain(word: str, language: str) -> bool:
    """Whether a word is an everyday word that names nobody and no place."""
    lower = word.lower()
    return lower in yes(language) or lower in no(language) or lower in _OTHERS.get(language, frozenset())


def first(yes: bool, language: str) -> str:
    """The plainest word for yes or no."""
    answers = lexicon.of(language).answers
    return (answers.yes_words if yes else answers.no_words).split()[0]
