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
    """`yes`, `no`, or "" for neither. A no anywhere among the first words weighs more than a yes."""
    first = [word.lower() for word in split(text)[:6]]
    if any(word in no(language) for word in first):
        return "no"
    return "yes" if any(word in yes(language) for word in first) else ""


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
