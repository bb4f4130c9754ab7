"""Repairs that change what a cell says, so they are offered and never done by themselves."""

from __future__ import annotations

import html
import re

import ftfy
from ftfy.badness import is_bad

LOOKS_MOJIBAKE = re.compile(r"[ÃÂâÐÑØÙãäåæçèé][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
FIXES = ftfy.TextFixerConfig(
    unescape_html=False,
    uncurl_quotes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    fix_line_breaks=False,
    remove_terminal_escapes=False,
    normalization=None,
)
TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^<>]*>", re.IGNORECASE)
SILENT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")


def repaired(text: str) -> str:
    """Text that was UTF-8 and once read as something else, as it was meant: "CafÃ©" becomes "Café"."""
    if text.isascii() or not LOOKS_MOJIBAKE.search(text) or not is_bad(text):
        return text
    return ftfy.fix_text(text, FIXES)


def html_to_text(text: str) -> str:
    """HTML as plain text: tags off, breaks and paragraphs as line ends, entities as characters."""
    if not ("<" in text and TAG.search(text)) and not ("&" in text and ENTITY.search(text)):
        return text
    plain = TAG.sub("", BREAK.sub("\n", SILENT.sub(" ", text)))
    lines = (" ".join(line.split()) for line in html.unescape(plain).split("\n"))
    return "\n".join(line for line in lines if line)
