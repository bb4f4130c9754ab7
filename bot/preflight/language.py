"""Which language a text is in, where that is beyond doubt: by its script, else by the small words every text has."""

from __future__ import annotations

import re
from collections import Counter

SCRIPTS = {
    "Japanese": re.compile("[\u3041-\u30ff]"),
    "Korean": re.compile("[\uac00-\ud7af]"),
    "Chinese": re.compile("[\u4e00-\u9fff]"),
    "Russian or a neighbour": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hindi or a neighbour": re.compile("[\u0900-\u097f]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
}
SCRIPT_SHARE = 0.4  # of all letters; a product text may hold many Latin names
KANA_SHARE = 0.05  # Japanese is half Chinese signs; kana give it away
LEAST_LETTERS = 8
SMALL_WORDS = {
    "English": "the and of to is with for that this from your you are it by be or an as its has have at which will",
    "German": "der die das und ist mit für von den dem ein eine einen sich auf nicht auch im zum zur sie wird aus bei",
    "French": "le la les des de en et est un une du pour avec dans qui sur vous votre par au aux à ce cette sont plus",
    "Spanish": "el la los las de en y es un una del para con que por su se al como más este esta son tu sin lo muy",
    "Italian": "il la lo gli le di e è un una del della per con che si dei delle nel alla sono più questo questa da",
    "Portuguese": "o a os as de e é um uma do da para com que em por seu sua se ao dos das não mais este esta são",
    "Dutch": "de het een en is van voor met op dat in zijn niet ook aan deze dit uw door naar bij wordt je te om",
    "Swedish": "och är en ett att för med som det den på av till inte om din från har kan vi du är",
    "Polish": "i w na z do jest to się nie dla oraz które która który jak przez od po twój są ten ta",
}
BY_WORD = {
    word: [language for language, words in SMALL_WORDS.items() if word in words.split()]
    for words in SMALL_WORDS.values()
    for word in words.split()
}
WORD = re.compile(r"[^\W\d_]+")
LEAST_WORDS = 5  # small words needed before a language is believed
CLEAR = 2.0  # times as many as the next language's
READ = 2_000  # letters of a text that are looked at


def language_of(text: str) -> str:
    """The name of the language in English, or "" where it is not clear."""
    text = text[:READ]
    words = WORD.findall(text.casefold())
    if not text.isascii() and (script := _script(text, sum(map(len, words)))):
        return script
    counts = Counter(language for word in words for language in BY_WORD.get(word, ()))
    if not counts:
        return ""
    (first, most), *others = counts.most_common(2)
    return first if most >= LEAST_WORDS and most >= CLEAR * (others[0][1] if others else 0) else ""


def _script(text: str, letters: int) -> str:
    if letters < LEAST_LETTERS:
        return ""
    for language, pattern in SCRIPTS.items():
        share = KANA_SHARE if language == "Japanese" else SCRIPT_SHARE
        if len(pattern.findall(text)) >= share * letters:
            return language
    return ""
