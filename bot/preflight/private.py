"""Personal data and secrets in texts: patterns, with checksums where the numbers have one."""

from __future__ import annotations

import re
from collections.abc import Iterator

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
MADE_UP = re.compile(r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:example|invalid|test))$", re.I)
# An international number, or one with its area code in brackets or set off by dashes; plain digit rows are article
# numbers far more often than telephone numbers.
PHONE = re.compile(
    r"(?<![\w.+])(?:"
    r"\+\d{1,3}[ .\-/]?(?:\(0?\d{1,4}\)[ .\-/]?)?\d{1,4}(?:[ .\-/]?\d{2,4}){2,4}"
    r"|\(\d{3}\) ?\d{3}[-. ]\d{4}"
    r"|\d{3}-\d{3}-\d{4}"
    r")(?![\w-])"
)
IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
# Payment cards by their issuers' first digits, in one piece or in groups as they are printed.
CARD = re.compile(
    r"(?<![\d.,-])(?:"
    r"(?:4\d|5[1-5]|2[2-7]|6[05])\d{2}([ -]?)\d{4}\1\d{4}\1\d{4}"
    r"|3[47]\d{2}([ -]?)\d{6}\2\d{5}"
    r")(?![ .,-]?\d)"
)
SOCIAL_SECURITY = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
DNI = re.compile(r"(?<![\w-])(\d{8})-?([A-Z])(?!\w)")
DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
SHORTEST_PHONE, LONGEST_PHONE = 9, 15  # digits
CARD_LENGTHS = (15, 16)

# A word that each secret has (looked for first, because that is quick), its pattern, and what people call it.
SECRETS = (
    ("sk-", re.compile(r"(?<![\w-])sk-(?:proj-|ant-|or-|svcacct-)?[A-Za-z0-9_-]{20,}"), "an API key"),
    ("_live_", re.compile(r"(?<!\w)[sr]k_live_[A-Za-z0-9]{16,}"), "a payment key"),
    ("AKIA", re.compile(r"(?<!\w)AKIA[0-9A-Z]{16}(?!\w)"), "an AWS access key"),
    ("ASIA", re.compile(r"(?<!\w)ASIA[0-9A-Z]{16}(?!\w)"), "an AWS access key"),
    ("AIza", re.compile(r"(?<!\w)AIza[\w-]{35}"), "a Google API key"),
    ("gh", re.compile(r"(?<!\w)gh[pousr]_[A-Za-z0-9]{30,}"), "a GitHub token"),
    ("github_pat_", re.compile(r"(?<!\w)github_pat_\w{40,}"), "a GitHub token"),
    ("glpat-", re.compile(r"(?<!\w)glpat-[\w-]{20,}"), "a GitLab token"),
    ("xox", re.compile(r"(?<!\w)xox[abeoprs]-[\w-]{10,}"), "a Slack token"),
    ("xapp-", re.compile(r"(?<!\w)xapp-\d-[\w-]{10,}"), "a Slack token"),
    ("hf_", re.compile(r"(?<!\w)hf_[A-Za-z]{30,}"), "a Hugging Face token"),
    ("eyJ", re.compile(r"(?<!\w)eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"), "a signed token (JWT)"),
    ("PRIVATE KEY", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"), "a private key"),
    ("://", re.compile(r"\b[a-z][a-z0-9+.-]+://[^\s:/@]+:[^\s:/@]+@"), "an address with a password"),
)


def secrets_in(text: str) -> Iterator[str]:
    """What kinds of keys and passwords the text holds, in words; never the secret itself."""
    for mark, pattern, name in SECRETS:
        if mark in text and pattern.search(text):
            yield name


def personal_data_in(text: str) -> Iterator[str]:
    """What kinds of personal data the text holds, in words."""
    if "@" in text and any(not MADE_UP.search(found) for found in EMAIL.findall(text)):
        yield "an e-mail address"
    if sum(map(text.count, "0123456789")) < min(CARD_LENGTHS[0], SHORTEST_PHONE) - 1:
        return
    if any(_is_phone(found) for found in PHONE.findall(text)):
        yield "a telephone number"
    if any(is_iban(found) for found in IBAN.findall(text)):
        yield "a bank account number (IBAN)"
    if any(is_card(found.group()) for found in CARD.finditer(text)):
        yield "a card number"
    if SOCIAL_SECURITY.search(text) or any(_is_dni(*found) for found in DNI.findall(text)):
        yield "an identity number"


def is_iban(text: str) -> bool:
    """Whether the checksum of an international bank account number is right."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """Whether the checksum of a payment card number is right (Luhn)."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    if len(digits) not in CARD_LENGTHS or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def _is_phone(text: str) -> bool:
    return SHORTEST_PHONE <= sum(sign.isdigit() for sign in text) <= LONGEST_PHONE


def _is_dni(number: str, letter: str) -> bool:
    return DNI_LETTERS[int(number) % 23] == letter
