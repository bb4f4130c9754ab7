"""How far people agree: a line and a button on a batch's card, and the window with what they see differently."""

from __future__ import annotations

from typing import Any

from bot.domain.agreement import Agreement, AgreementCard, Judged
from bot.domain.message import Block
from bot.domain.review import VerdictKind
from bot.views import blocks as b
from bot.views.ids import Action

SHOWN = 25
TEXT = 300
SAID = {
    VerdictKind.APPROVED: "says it is good",
    VerdictKind.EDITED: "changed it",
    VerdictKind.REJECTED: "says no",
}


def agreement_line(found: Agreement, reader: str = "") -> str:
    """`You and Ben agreed on 46 of 50`: two people by name, more of them together; nothing where nobody could."""
    if not found.together:
        return ""
    return f"{_who(found, reader)} agreed on {found.agreed} of {found.together}"


def _who(found: Agreement, reader: str) -> str:
    if len(found.people) > 2:
        return f"{len(found.people)} people"
    others = [f"<@{who}>" for who in found.people if who != reader]
    return " and ".join([*(["You"] if reader in found.people else []), *others])


def see_button(batch_id: int, found: Agreement) -> list[Block]:
    """The way to where they differ, named by how many texts those are."""
    if not found.together:
        return []
    label = f"See the {found.apart}" if found.apart else "Agreement"
    return [b.button(label, Action.AGREEMENT_SHOW, str(batch_id))]


def agreement_view(card: AgreementCard) -> dict[str, Any]:
    """The reader's own figures first, then each text with who said what, and the table for whoever counts."""
    lines = [agreement_line(one, card.reader) for one in card.with_reader]
    whole = agreement_line(card.everybody, card.reader)
    if whole not in lines:
        lines.append(f"All together: {whole}")
    body: list[Block] = [b.section("\n".join(lines)), *_apart(card)]
    figures = b.button("Send me the figures", Action.AGREEMENT_FILE, str(card.batch_id))
    body += [
        b.divider(),
        b.context("Percent and Krippendorff's alpha for each two people, as a table by direct message."),
    ]
    return b.modal("Agreement", "agreement", [*body, b.actions(figures)])


def _apart(card: AgreementCard) -> list[Block]:
    if not card.apart:
        return [b.section("You see no text differently.")]
    shown = [block for one in card.apart[:SHOWN] for block in _text(one)]
    rest = len(card.apart) - SHOWN
    return [*shown, *([b.context(f"{rest} more, not shown here.")] if rest > 0 else [])]


def _text(one: Judged) -> list[Block]:
    said = " · ".join(f"<@{who}> {SAID[kind]}" for who, kind in one.said)
    look = b.button("Look", Action.REVIEW_FULL, f"{one.completion_id}:{one.version}")
    return [b.section(f"*{b.esc(one.product)}*\n{said}", accessory=look), b.quote(b.cut(one.text, TEXT))]


def sent_view() -> dict[str, Any]:
    """After the button: a window cannot be closed by it, so it says that it is done."""
    return b.modal("Agreement", "agreement", [b.section("The table is on its way to you, by direct message from me.")])
