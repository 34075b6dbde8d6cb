"""The words around a name, by language: what introduces one, what ends one, titles, particles."""

import re

# (introduction, whether it is one only when the name was asked for: "I am late" is no name)
INTRODUCTIONS = {
    "en": [
        (r"(?:(?:(?:my|the) )?(?:full )?name(?: is|'?s)|call me)", False),
        (r"this is(?=\s+(?-i:[A-Z]))", False),
        (r"(?:i am|i'?m|it is|it'?s|this is|under(?: the name(?: of)?)?|in the name of|speaking with)", True),
        (r"(?:i said|i meant|speaking (?:to you )?is)", True),
    ],
    "ru": [
        (r"(?:меня зовут|мо[её] имя|зовут меня|имя|меня(?=\s+[^\W\d_]+\s+зовут))", False),
        (r"(?:это )?(?:говорит|звонит|беспокоит)", False),
        (r"(?:это|я|я сказала?|фамилия|можно просто|просто|записывайте|пишите|зовите меня)", True),
        (r"(?:(?:запишите|пишите) (?:меня )?)?на(?: имя| фамилию)?", True),
    ],
    "de": [
        (r"(?:ich heiße|ich heisse|(?:(?:mein|der) )?name ist|mein name:|hier spricht|hier ist)", False),
        (r"(?:ich bin(?:'s)?|das ist|da ist|ich sagte|auf den namen|auf)", True),
    ],
    "es": [(r"(?:me llamo|mi nombre es|habla)", False), (r"(?:soy|es|he dicho|dije|de parte de|a nombre de)", True)],
    "fr": [
        (r"(?:je m'appelle|je m’appelle|je mappelle|mon nom est|mon nom c'est)", False),
        (r"(?:je suis|j'ai dit|c'est|c’est|cest|moi c'est|au nom de)", True),
    ],
}
# The same after the name: (what is said, whether only when the name was asked for).
AFTERWARDS = {
    "en": [(r"is (?:my|the) name", False), (r"(?:speaking|here|calling)", True)],
    "ru": [(r"(?:меня )?зовут(?: меня)?|мо[её] имя|моя фамилия", False), (r"(?:слушает|на проводе)", True)],
    "de": [(r"(?:ist )?mein name|heiße ich|am apparat", False), (r"(?:hier|spricht)", True)],
    "es": [(r"(?:es )?mi nombre|me llamo", False), (r"al habla|al aparato", True)],
    "fr": [(r"(?:c'est )?mon nom|à l'appareil", False), (r"ici", True)],
}
# A name ends before one of these.
AND = {
    "en": {
        "and",
        "from",
        "my",
        "i",
        "speaking",
        "here",
        "but",
        "i'm",
        "calling",
        "in",
        "to",
        "phone",
        "number",
        "with",
    },
    "ru": {
        "и",
        "из",
        "мой",
        "моя",
        "я",
        "телефон",
        "номер",
        "а",
        "но",
        "хочу",
        "мне",
        "слушает",
        "говорит",
        "беспокоит",
        "нужен",
        "нужна",
        "в",
        "на",
        "зовут",
        "через",
        "с",
    },
    "de": {
        "und",
        "aus",
        "meine",
        "mein",
        "ich",
        "telefon",
        "nummer",
        "aber",
        "in",
        "nach",
        "am",
        "apparat",
        "hier",
        "mit",
    },
    "es": {"y", "de", "mi", "yo", "teléfono", "número", "pero", "en", "a", "quiero", "quisiera", "con"},
    "fr": {"et", "de", "mon", "je", "téléphone", "numéro", "mais", "à", "j'aimerais", "j’aimerais", "avec"},
}
TITLES = {
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "missus",
    "dr",
    "doctor",
    "professor",
    "sir",
    "madam",
    "frau",
    "herr",
    "herrn",
    "doktor",
    "señor",
    "señora",
    "señorita",
    "sr",
    "sra",
    "don",
    "doña",
    "monsieur",
    "madame",
    "mademoiselle",
    "m",
    "mme",
    "господин",
    "госпожа",
    "доктор",
    "the",
    "der",
    "die",
    "la",
    "el",
    "le",
    "familie",
    "family",
    "familia",
    "famille",
    "семья",
}
# What goes on about a name: "Katherine with a K".
ABOUT = {"with", "mit", "con", "avec", "через", "с", "spelled", "wie", "как", "como", "comme"}
# "Stephen with a P H": how one of its sounds is written, and no spelling of the name.
WITH_LETTERS = re.compile(
    r"[,.\s]+(?:(?:that's|that is|das ist|это|c'est|es)\s+[^\W\d_]+\s+)?(?:with|mit|con|avec|через|с)\s+"
    r"(?:an?\s+|einem\s+|una?\s+|une?\s+|two\s+|double\s+|zwei\s+|dos\s+|deux\s+)?(?:[^\W\d_](?:[\s-]+|(?=[,.]|$)))+",
    re.IGNORECASE,
)
LEADING = {"for", "für", "para", "pour", "для", "to", "under", "of", "von", "du", "as"}
HESITATIONS = re.compile(
    r"(?:(?<=^)|(?<=[\s,]))"
    r"(?:u+h+m*|u+m+|e+r+m*|h+m+|well|oh|yeah|like|ну|э+м*|м+|так|ähm?|öh|also|na ja|eh+|pues|este|euh|ben|alors|bon)"
    r"(?=[\s,.…])[\s,.…]*",
    re.IGNORECASE,
)
OPENERS = {
    "en": "hello hi hey good morning evening afternoon day and so well just say maybe okay sure",
    "ru": "алло здравствуйте привет добрый доброе день вечер утро ну допустим скажем пусть будет просто наверное ладно",
    "de": "hallo guten tag morgen abend also sagen wir tja nur na",
    "es": "hola buenos buenas días tardes noches pues digamos bueno vale",
    "fr": "allô bonjour bonsoir salut ben disons alors bon",
}
# A name in two parts: "first name Alice, last name Cooper".
FIRST_NAME = {
    "en": r"(?:first|given) name",
    "ru": r"имя",
    "de": r"vorname",
    "es": r"nombre",
    "fr": r"prénom",
}
LAST_NAME = {
    "en": r"(?:last|family) name|surname",
    "ru": r"фамилия",
    "de": r"nachname|familienname",
    "es": r"apellidos?",
    "fr": r"nom(?: de famille)?",
}
IS = r"(?:\s+(?:is|ist|es|est|c'est))?[\s:,]+"
# Parts of names that are written small.
PARTICLES = {"van", "von", "de", "der", "den", "da", "di", "del", "la", "le", "bin", "ibn", "zu", "dos"}
