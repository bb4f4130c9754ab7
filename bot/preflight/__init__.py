"""Checks of training data before it is uploaded: of any fine-tuning file, and of pairs that are on their way into one.

`check_file` reads chat, preference and prompt/completion files; `check_pairs` takes pairs from memory."""

from bot.preflight.check import Options, Report, check_file
from bot.preflight.findings import Finding
from bot.preflight.pairs import Pair, apply_fix, can_fix, check_pairs
from bot.preflight.rules import RULES, Remedy, Rule, Severity

__all__ = [
    "RULES",
    "Finding",
    "Options",
    "Pair",
    "Remedy",
    "Report",
    "Rule",
    "Severity",
    "apply_fix",
    "can_fix",
    "check_file",
    "check_pairs",
]
