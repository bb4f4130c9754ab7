"""Words in any language: folded for comparing, found at word boundaries, and where they stand in the text as written.

Latin script and others with blanks between words are matched by whole words. Scripts without blanks (Chinese,
Japanese, Thai and others; Korean, whose particles stick to the word) have no boundary to look for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

# Thai, Lao, Myanmar, Khmer, kana, Han, Hangul and their compatibility forms.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
# A letter, digit or underscore of a script that puts blanks between words.
SPACED = rf"[^\W{UNSPACED}]"
HYPHENS = r"\-" + "\u2010-\u2015\u2212"
# Shorter Latin words are too often the beginning of another word: `bar` and `bars` yes, `bar` and `barred` no.
INFLECTED_FROM = 4
_word = re.compile(rf"[{UNSPACED}]|{SPACED}+")
_latin = re.compile(r"[a-z]+")


Form = Literal["NFC", "NFKC"]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text for comparing. `origins[i]` is where the i-th folded character begins in the text as written."""

    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text as written."""
        before = self.origins[end - 1]
        return self.origins[start], next((at for at in self.origins[end:] if at > before), self.origins[-1])


def fold(text: str) -> Folded:
    """Case, composed and wide characters told apart no longer; offsets kept."""
    if text.isascii():
        return Folded(text.lower(), range(len(text) + 1))
    made: list[str] = []
    origins: list[int] = []
    for start, cluster in _clusters(text):
        if unicodedata.category(cluster[0]) == "Cf":
            continue  # soft hyphens and joiners are not seen, so they hide nothing
        # `½` stays one sign: taken apart it would read as two numbers
        form: Form = "NFC" if unicodedata.category(cluster[0]) == "No" else "NFKC"
        folded = unicodedata.normalize(form, cluster).casefold().replace("\u2019", "'")
        made.append(folded)
        origins.extend([start] * len(folded))
    return Folded("".join(made), [*origins, len(text)])


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the accents that follow it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not unicodedata.combining(text[at]):
            yield start, text[start:at]
            start = at


@lru_cache(maxsize=2048)
def pattern_of(phrase: str, *, inflected: bool = True) -> re.Pattern[str] | None:
    """Finds a phrase in a folded text; None where there is nothing in it to find.

    Blanks and hyphens stand for one another. `inflected`: English endings of the last word too. A star at the end
    takes every ending (`cur*`)."""
    folded = fold(phrase.strip()).text
    any_ending = folded.endswith("*")
    parts = [part for part in re.split(rf"[\s{HYPHENS}]+", folded.rstrip("*")) if part]
    if not parts:
        return None
    last = _inflected(parts[-1]) if inflected and not any_ending else re.escape(parts[-1])
    body = rf"[\s{HYPHENS}]*".join([*(re.escape(part) for part in parts[:-1]), last])
    before = rf"(?<!{SPACED})" if re.match(SPACED, parts[0]) else ""
    after = rf"(?!{SPACED})" if re.search(rf"{SPACED}$", parts[-1]) else ""
    return re.compile(before + body + (r"\w*" if any_ending else after))


def _inflected(word: str) -> str:
    """`cure`, `cures`, `cured`, `curing`; `remedy`, `remedies`; `effects`, `effect`. Other scripts as they are."""
    if len(word) < INFLECTED_FROM or not _latin.fullmatch(word):
        return re.escape(word) + (r"(?:'?s)?" if _latin.fullmatch(word) else "")
    if word.endswith(("s", "ing")):
        stem = word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
        return rf"{stem}(?:'?s|')?" if stem != word else rf"{word}(?:es)?"
    if word.endswith("y") and word[-2] not in "aeiou":
        return rf"{word[:-1]}(?:y(?:'s|ing)?|ie[sd])"
    if word.endswith("e"):
        return rf"{word[:-1]}(?:e(?:'?s|d)?|ing)"
    if word.endswith("ed"):
        return word
    return rf"{word}(?:'?s|es|ed|ing)?"


def places(folded: Folded, phrase: str, *, inflected: bool = True) -> list[tuple[int, int]]:
    """Where a phrase stands in the text as written."""
    pattern = pattern_of(phrase, inflected=inflected)
    found = pattern.finditer(folded.text) if pattern else ()
    return [folded.span(*match.span()) for match in found]


def words_of(folded: str) -> list[str]:
    """The words alone: no blanks, no punctuation. A character of a script without blanks is a word."""
    return _word.findall(folded)


def sentence_place(folded: Folded, sentence: str) -> tuple[int, int] | None:
    """Where a sentence stands, whatever punctuation and blanks are in it; None where it is missing."""
    wanted = words_of(fold(sentence).text)
    if not wanted:
        return None
    found = [(match.group(), match.span()) for match in _word.finditer(folded.text)]
    words = [word for word, _ in found]
    for at in range(len(words) - len(wanted) + 1):
        if words[at : at + len(wanted)] == wanted:
            return folded.span(found[at][1][0], found[at + len(wanted) - 1][1][1])
    return None
