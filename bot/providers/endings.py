"""Shutdown dates that vendors have published, for where their API does not say. As of 2026-11-22.

OpenAI's from its deprecations page, Azure's from Microsoft's retirement schedule of 2026-09-02.
"""

from __future__ import annotations

from datetime import date

from bot.domain.shutdown import NO_END, Ending

LAST_OPENAI_JOB = date(2027, 1, 6)
OPENAI_END = date(2027, 1, 14)
AZURE_BASE_END, AZURE_TUNED_END, AZURE_4O_TUNED_END = date(2027, 4, 14), date(2027, 10, 14), date(2027, 10, 1)

# Vendor, how the model's name begins, and what is known; the first that fits counts.
KNOWN: tuple[tuple[str, str, Ending], ...] = (
    ("openai", "gpt-4o-mini-2024-07-18", Ending(OPENAI_END, LAST_OPENAI_JOB, OPENAI_END)),
    ("openai", "gpt-4o-2024-08-06", Ending(OPENAI_END, LAST_OPENAI_JOB, OPENAI_END)),
    ("openai", "gpt-4o-2024-11-20", Ending(OPENAI_END, LAST_OPENAI_JOB, OPENAI_END)),
    ("openai", "gpt-4.1-nano", Ending(date(2026, 10, 23), date(2026, 10, 23), date(2026, 10, 23))),
    ("openai", "gpt-4.1-mini", Ending(OPENAI_END, LAST_OPENAI_JOB, OPENAI_END)),
    ("openai", "gpt-4.1", Ending(OPENAI_END, LAST_OPENAI_JOB, OPENAI_END)),
    ("openai", "gpt-5-", Ending(date(2026, 12, 11), None, date(2026, 12, 11))),
    ("openai", "", Ending(None, LAST_OPENAI_JOB, None)),
    ("azure", "gpt-4.1", Ending(AZURE_BASE_END, AZURE_BASE_END, AZURE_TUNED_END)),
    ("azure", "gpt-4o", Ending(None, None, AZURE_4O_TUNED_END)),
)


def known_ending(profile: str, model: str) -> Ending:
    """What is published of a base model, or of a tuned one (`ft:base:...`) by its base."""
    parts = model.split(":")
    base = parts[1] if parts[0] == "ft" and len(parts) > 1 else model
    return next((end for vendor, start, end in KNOWN if vendor == profile and base.startswith(start)), NO_END)
