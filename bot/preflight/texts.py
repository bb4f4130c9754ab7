"""What may be wrong with the words themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.preflight.examples import Example, Turn
from bot.preflight.findings import Note
from bot.preflight.private import personal_data_in, secrets_in

# Words by which models steer themselves; the engine of this project refuses the same ones.
SPECIAL = re.compile(r"<\|[A-Za-z][A-Za-z0-9_]*\|>")
MARKUP = re.compile(
    r"\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|^### (?:Instruction|Response):", re.M
)
PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}"  # {{name}}
    r"|\{[a-z][a-z0-9_]{1,30}\}|\$\{\w{1,40}\}|%[A-Z][A-Z_]{2,30}%"  # {name} ${name} %NAME%
    r"|\[(?:[a-z][a-z0-9]*[ _-])+[a-z][a-z0-9]*\](?!\()"  # [product name], but not [a link](to somewhere)
    r"|<(?:product|brand|company|customer|insert|your)[ _-][a-z _-]{2,30}>"
    r"|\b(?:TODO|FIXME)[:(]|\b(?:TODO|TBD|FIXME)\]"  # in capitals and with a sign after it: todo is a Spanish word
)
FILLER = re.compile(r"\blorem ipsum\b|\[(?:insert|your|add|enter|product|brand|company)\b[^\]\n]{0,60}\](?!\()", re.I)
REFUSAL = re.compile(
    r"\bas an? (?:AI|artificial intelligence|(?:large )?language model)\b"
    r"|\bI['’]?m sorry, (?:but )?I (?:can['’]?t|cannot|am unable)"
    r"|\bI (?:can(?:not|['’]t)|am (?:not able|unable) to) "
    r"(?:assist|help|comply|provide|fulfil+|create|write|generate)\b"
    r"|\bals (?:KI|künstliche Intelligenz|Sprachmodell)\b"
    r"|\ben tant qu(?:e modèle|['’]IA\b|['’]intelligence artificielle)"
    r"|\bcomo (?:una )?(?:IA\b|inteligencia artificial|modelo de lenguaje)",
    re.I,
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
MOJIBAKE = re.compile(r"[ÃÂ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\x80-\xbf™œ¦“”˜¢]|Ã[ ©¨¶¼¤±ª]|\ufffd")
SHOWN = 40


def check_texts(example: Example, note: Note) -> None:
    """Look at every text of an example; each thing is noted once an example."""
    turns = example.texts()
    whole = "\n".join(turn.everything for turn in turns)
    _check_anywhere(whole, note)
    _check_placeholders(turns, note)
    if found := REFUSAL.search(example.answer.text):
        note("refusal", f"The answer refuses: “{_around(example.answer.text, found)}”.")


def check_edges(example: Example, note: Note) -> None:
    """Blanks around an answer are learned like everything else."""
    answer = example.answer.text
    if answer != answer.strip():
        note("edge_blanks", "The answer begins or ends with a blank or a line break.")


def _check_anywhere(text: str, note: Note) -> None:
    if "<|" in text and (found := SPECIAL.search(text)):
        note("special_tokens", f"A model's own control word stands in the text: {found.group()}.")
    if (found := MARKUP.search(text)) is not None:
        note("template_markup", f"Markup of a chat template stands in the text: {found.group()}.")
    for secret in secrets_in(text):
        note("secret", f"The text holds {secret}.")
    for data in personal_data_in(text):
        note("personal_data", f"The text holds {data}.")
    if found := CONTROL.search(text):
        note("control_characters", f"An invisible control character stands in the text: U+{ord(found.group()):04X}.")
    if not text.isascii() and (found := MOJIBAKE.search(text)):
        note("mojibake", f"Characters are broken by a wrong encoding: “{_around(text, found)}”.")


def _check_placeholders(turns: tuple[Turn, ...], note: Note) -> None:
    """Instructions may name placeholders; texts may not."""
    for text in (turn.text for turn in turns if turn.role in ("user", "assistant")):
        if found := next(_placeholders(text), None):
            note("placeholder", f"A gap was not filled: {found.group()[:SHOWN]}.")
            return


def _placeholders(text: str) -> Iterator[re.Match[str]]:
    if any(sign in text for sign in "[{<%$]:("):
        yield from PLACEHOLDER.finditer(text)
    yield from FILLER.finditer(text)


def _around(text: str, found: re.Match[str]) -> str:
    start = max(0, found.start() - SHOWN // 4)
    return " ".join(text[start : start + SHOWN].split())
