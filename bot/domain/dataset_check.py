"""The check before a freeze: what was found in which text, in words for a busy person, and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PairVerdict(StrEnum):
    """What an owner says to a finding. It holds for that version of the text."""

    KEEP = "keep"  # it is meant so
    DROP = "drop"  # leave the pair out
    FIX = "fix"  # take it with other words


# What no provider could train on, or would refuse. Nothing else holds a freeze up.
UNTRAINABLE = frozenset({"empty_content", "too_long", "special_tokens"})
# What reviewers saw marked on the card when they said yes: worth a line, but no second question.
SEEN_IN_REVIEW = frozenset({"house_rule", "unsupported_claim"})
# Below this a text is a label or a yes, and being like another one says nothing.
LEAST_LETTERS = 40
# Longer than the longest check of a large project takes.
CHECK_LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3

# One text, several texts: each sentence begins with the figure.
WORDS: dict[str, tuple[str, str]] = {
    "empty_content": ("text is empty", "texts are empty"),
    "too_long": ("text is too long for any model", "texts are too long for any model"),
    "special_tokens": ("text holds a model's control words", "texts hold a model's control words"),
    "secret": ("text holds a key or a password", "texts hold keys or passwords"),
    "personal_data": ("text carries personal data", "texts carry personal data"),
    "conflicting_answers": ("prompt has another text as well", "prompts have another text as well"),
    "duplicate": ("text stands there twice", "texts stand there twice"),
    "near_duplicate": ("text is nearly the same as another", "texts are nearly the same as others"),
    "held_out_leak": (
        "text is nearly the same as one kept aside to check with",
        "texts are nearly the same as some kept aside to check with",
    ),
    "repeated_answer": ("text serves several prompts", "texts serve several prompts"),
    "placeholder": ("text has a gap that nobody filled", "texts have gaps that nobody filled"),
    "refusal": ("text refuses to answer", "texts refuse to answer"),
    "wrong_language": ("text is in another language", "texts are in another language"),
    "template_markup": ("text holds left-over markup", "texts hold left-over markup"),
    "control_characters": ("text holds invisible characters", "texts hold invisible characters"),
    "mojibake": ("text has broken letters", "texts have broken letters"),
    "edge_blanks": ("text has blanks around it", "texts have blanks around them"),
    "house_rule": ("text breaks a house rule", "texts break house rules"),
    "unsupported_claim": (
        "text says something that its product's data does not",
        "texts say something that their product's data does not",
    ),
    "origin": ("text comes from where it may not be used", "texts come from where they may not be used"),
    "inconsistent_system": (
        "text was asked for with other instructions",
        "texts were asked for with other instructions",
    ),
}
# Personal data is named where all of it is of one sort: "3 texts carry an e-mail address".
PERSONAL = (
    "an e-mail address",
    "a telephone number",
    "a bank account number",
    "a card number",
    "an identity number",
)
ORDER = {code: place for place, code in enumerate(WORDS)}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding about one text. `choice` and `by`: what somebody said to it; `link` leads to its card."""

    id: int
    completion_id: int
    version: int
    code: str
    message: str
    fix: str
    product: str = ""
    text: str = ""
    other_product: str = ""
    other_text: str = ""
    link: str = ""
    choice: PairVerdict | None = None
    by: str = ""
    can_fix: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """All findings of one code: `open` wait for an answer."""

    code: str
    words: str
    open: int
    total: int
    can_fix: bool = False

    @property
    def blocks(self) -> bool:
        """Whether nothing can be frozen before these are answered."""
        return self.code in UNTRAINABLE and self.open > 0


@dataclass(frozen=True, slots=True)
class CheckCard:
    """What stands on the card before a freeze. Tokens are an estimate; `longest` is the longest pair's."""

    project_id: int
    round: int
    pairs: int
    kinds: tuple[Kind, ...]
    tokens: int
    longest: int
    longest_product: str = ""
    origins: tuple[tuple[str, int], ...] = ()
    kept: int = 0
    dropped: int = 0
    fixed: int = 0
    asked_by: str = ""
    checking: bool = False
    frozen: int | None = None
    problem: str = ""

    @property
    def blocked(self) -> bool:
        return any(kind.blocks for kind in self.kinds)

    @property
    def open(self) -> int:
        return sum(kind.open for kind in self.kinds)


@dataclass(frozen=True, slots=True)
class KindPage:
    """Some findings of one kind, for its window."""

    project_id: int
    kind: Kind
    page: int
    pages: int
    found: tuple[Found, ...]
    text_allowed: bool = True


def words_of(code: str, messages: Sequence[str]) -> str:
    """`3 texts carry an e-mail address`: what a kind is, with its figure."""
    one, many = WORDS.get(code, (f"text: {code.replace('_', ' ')}", f"texts: {code.replace('_', ' ')}"))
    count = len(messages)
    if code == "personal_data" and (sort := _one_sort(messages)):
        return f"{count:,} {'text carries' if count == 1 else 'texts carry'} {sort}"
    return f"{count:,} {one if count == 1 else many}"


def _one_sort(messages: Iterable[str]) -> str:
    sorts = {next((sort for sort in PERSONAL if sort in message), "") for message in messages}
    return sorts.pop() if len(sorts) == 1 else ""


def kinds(found: Iterable[tuple[str, str, int, bool]], fixable: frozenset[str] = frozenset()) -> tuple[Kind, ...]:
    """Findings by kind, what cannot train first. Each is (code, message, text, whether somebody has answered).

    The figure counts texts: two e-mail addresses in one are one text."""
    texts: dict[str, dict[int, str]] = {}
    waiting: Counter[str] = Counter()
    for code, message, text, answered in found:
        mine = texts.setdefault(code, {})
        waiting[code] += text not in mine and not answered
        mine.setdefault(text, message)
    listed = [
        Kind(code, words_of(code, list(mine.values())), waiting[code], len(mine), code in fixable)
        for code, mine in texts.items()
    ]
    return tuple(sorted(listed, key=lambda kind: (ORDER.get(kind.code, len(ORDER)), kind.code)))


def asks(codes: Iterable[str]) -> bool:
    """Whether unanswered findings of these codes are worth a question before the freeze."""
    return any(code not in SEEN_IN_REVIEW for code in codes)
