"""The sign-off of prompts: ten of them, their number, the price, and what leaves."""

from __future__ import annotations

from bot.domain.cards_prompt import (
    Leaving,
    PromptCount,
    PromptsCard,
    WritingPrice,
)
from bot.domain.completion import PROMPTS_WANTED, TRY_SIZE
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action

PROMPT_LENGTH = 80  # characters of one of ten prompts: ten of them and the rest fit a screen and a half of a phone
LISTED_COLUMNS = 12
SHOWN_GROUPS = 6
SHOWN_WAYS = 3
NAME_LENGTH = 60
BY_LOT = "lot"  # the menu's entry for no column


def prompts_card(card: PromptsCard) -> Message:
    """Ten prompts to look at, what writing them costs and what leaves, with the owner's yes."""
    if not card.current:
        return _only(
            f"Earlier prompts of {b.esc(card.project)}. They have changed since; the newer ones are further down."
        )
    if card.problem:
        text = f"The template of {b.esc(card.project)} does not fit its catalog. {b.esc(card.problem)}"
        change = b.button("Change the template", Action.TEMPLATE_OPEN, str(card.project_id), style="primary")
        return Message(text=text, blocks=[b.section(text), b.actions(change)])
    asked = "these prompts look right" if card.signed else "do these prompts look right?"
    title = f"Round {card.number:,}: {asked}" if card.number > 1 else asked.capitalize()
    body = [b.header(title), b.context(_made_of(card)), *_numbered(card)]
    body += [b.context(_standing_out(card)), _looking(card)]
    body += [_counted_block(card), b.section(_price(card.price))]
    body += [b.section(existing(card.existing))] if card.existing else []
    body += [b.section(_leaves(card.leaving))] if card.leaving else []
    return Message(text=_spoken(card), blocks=[*body, *_signed(card), b.actions(*_buttons(card))])


def _only(text: str) -> Message:
    return Message(text=text, blocks=[b.context(text)])


def _made_of(card: PromptsCard) -> str:
    style = f"House style: {b.esc(b.cut(card.style, 120))}" if card.style else "No house style yet"
    shares = ", ".join(f"{name_of(one.name)} {one.share} %" for one in card.templates)
    return f"*{b.esc(card.project)}*  ·  {style}" + (f"  ·  Templates: {shares}" if shares else "")


def _numbered(card: PromptsCard) -> list[Block]:
    """One numbered list: a block for each of the ten would take half as much room again."""
    texts = [{"type": "text", "text": b.cut(text, PROMPT_LENGTH) or " "} for text in card.prompts]
    lines = [{"type": "rich_text_section", "elements": [text]} for text in texts]
    numbered = {"type": "rich_text_list", "style": "ordered", "elements": lines}
    return [{"type": "rich_text", "elements": [numbered]}] if lines else []


def _standing_out(card: PromptsCard) -> str:
    """Where the ten are from, and what to look at closer."""
    survey = card.survey
    lengths = f"{len(survey.shortest):,} to {len(survey.longest):,} characters"
    gaps = f"⚠️ {survey.with_gap:,} with an empty part" if survey.with_gap else "no empty parts"
    same = f"⚠️ {survey.doubles:,} that another product has too" if survey.doubles else "none twice"
    return f"{_groups(card)}All prompts: {lengths}  ·  {gaps}  ·  {same}"


def _groups(card: PromptsCard) -> str:
    sampling = card.sampling
    if not sampling.by or not sampling.groups:
        return ""
    shown = ", ".join(f"{name_of(name)} {number}" for name, number in sampling.groups[:SHOWN_GROUPS])
    more = len(sampling.groups) - SHOWN_GROUPS
    return f"These by {name_of(sampling.by)}: {shown}{f' and {more:,} more' if more > 0 else ''}\n"


def _looking(card: PromptsCard) -> Block:
    """Ten others, by another column, and all of them looked at closely."""
    project = str(card.project_id)
    buttons = [
        b.button("Ten more", Action.PROMPTS_MORE, f"{project}:{card.round}"),
        b.button("Look closer", Action.PROMPTS_CLOSER, project),
    ]
    columns = card.sampling.columns
    if not columns:
        return b.actions(*buttons, block_id="looking")
    options = [b.option("Ten at random", f"{project}:{BY_LOT}")]
    options += [b.option(f"Ten by {one.name}", f"{project}:{one.place}") for one in columns[:99]]
    at = next((f"{project}:{one.place}" for one in columns if one.name == card.sampling.by), f"{project}:{BY_LOT}")
    return b.actions(b.select(Action.PROMPTS_BY, options, chosen=at), *buttons, block_id="looking")


def _counted_block(card: PromptsCard) -> Block:
    """The number of prompts, and where it is small what would make it larger."""
    if not card.ways or card.signed:
        return b.section(_counted(card.count))
    if card.templates:  # their window leads on to one more
        return b.section(f"{_counted(card.count)}{_ways(card)}")
    add = b.button("Add a template", Action.TEMPLATE_ADD, str(card.project_id))
    return b.section(f"{_counted(card.count)}{_ways(card)}", accessory=add)


def _ways(card: PromptsCard) -> str:
    """Such as `94 more to go: a second template gives 212, splitting [Details] gives 310.`"""
    ways = ", ".join(f"{b.esc(way.words)} gives {way.prompts:,}" for way in card.ways[:SHOWN_WAYS])
    return f"\n{PROMPTS_WANTED - card.count.prompts:,} more to go: {ways}."


def _counted(count: PromptCount) -> str:
    """The number of prompts beside the one that the guide wants, and what is left out and why."""
    about = "" if count.exact else "about "
    enough = count.prompts >= PROMPTS_WANTED
    guide = f"the guide to training asks for {PROMPTS_WANTED}"
    verdict = f"enough: {guide}." if enough else f"{guide}; you can begin with fewer."
    return f"*{about}{many(count.prompts, 'prompt')}* in all, {verdict}{left_out(count)}"


def left_out(count: PromptCount) -> str:
    """Products that give no prompt, and which empty column is to blame."""
    if not count.left_out:
        return ""
    columns = ", ".join(f"'{name_of(name)}' ({number:,})" for name, number in count.missing)
    return f"\n{many(count.left_out, 'product')} left out, because a column is empty: {columns}."


def _price(price: WritingPrice | None) -> str:
    if price is None:
        return "Price unknown: no model is set up yet."
    everything = f"All of them: {b.price(price.all_usd)}, with {name_of(price.model)}."
    first = f"{TRY_SIZE} to try first: {b.price(price.try_usd)}. {everything}"
    return f"{first}\n🔴 *{b.esc(price.notice)}*" if price.notice else first


def _leaves(leaving: Leaving) -> str:
    """Exactly what is sent, and what is not."""
    to = name_of(leaving.provider) or "the model's provider"
    sent = f"Sends the {_columns(leaving.sent)} of {many(leaving.products, 'product')} to {to}."
    kept = f" Not sent: {_listed(leaving.kept)}." if leaving.kept else " Nothing else is in the catalog."
    return f"🔒 {sent}{kept}"


def _columns(names: tuple[str, ...]) -> str:
    return f"column {_listed(names)}" if len(names) == 1 else f"columns {_listed(names)}"


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - LISTED_COLUMNS
    shown = ", ".join(name_of(name) for name in names[:LISTED_COLUMNS])
    return f"{shown} and {more:,} more" if more > 0 else shown


def existing(count: int) -> str:
    has = "has a text" if count == 1 else "have a text"
    return f"{many(count, 'product')} already {has}; reviewing those costs nothing."


def _signed(card: PromptsCard) -> list[Block]:
    return (
        [b.section(f"✅ Looks right, says <@{card.signed_by}>. Next: let me write five to try.")] if card.signed else []
    )


def _buttons(card: PromptsCard) -> list[Block]:
    project = str(card.project_id)
    others = [
        b.button("Change the template", Action.TEMPLATE_OPEN, project),
        b.button("House style", Action.STYLE_OPEN, project),
    ]
    if not card.signed:
        yes = b.button("Looks right", Action.PROMPTS_SIGN, f"{project}:{card.fingerprint}", style="primary")
        return [yes, *others]
    price = f": {b.price(card.price.try_usd)}" if card.price else ""
    first = [b.button(f"Try five{price}", Action.WRITE_TRY, project, style="primary")]
    if card.existing:
        first.append(b.button(f"Review the {card.existing:,} texts you have", Action.WRITE_EXISTING, project))
    return [*first, *others]


def _spoken(card: PromptsCard) -> str:
    """Project, what is asked, and where it stands, for those who hear it."""
    state = f"Looks right, says <@{card.signed_by}>." if card.signed else "Waiting for an owner's yes."
    leaves = _leaves(card.leaving) if card.leaving else ""
    first = f" The first: {b.esc(b.cut(card.prompts[0], 200))}" if card.prompts else ""
    return b.cut(f"{b.esc(card.project)}: {_counted(card.count)} {state} {leaves}{first}", b.MESSAGE_TEXT)


def name_of(text: str) -> str:
    return b.esc(b.cut(text, NAME_LENGTH))


def many(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
