"""The house's own rules, and claims that no source supports."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.claims import unsupported
from bot.domain.house_rules import hits
from bot.domain.project import Style
from bot.preflight.findings import Note


def check_style(text: str, style: Style, note: Note) -> None:
    """Hold a text against the house style."""
    for hit in hits(text, style):
        note("house_rule", f"{hit.message[:1].upper()}{hit.message[1:]}.")


def check_claims(text: str, sources: Iterable[str], note: Note) -> None:
    """Hold a text against all that is known of its product."""
    for claim in unsupported(text, sources):
        note("unsupported_claim", f"“{claim.words}” is not in the sources.")
