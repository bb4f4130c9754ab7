"""The card of a frozen training set."""

from __future__ import annotations

from bot.domain.dataset import DatasetCard, advice
from bot.domain.message import Block, Message
from bot.domain.tuning import GUIDE_PAIRS, MIN_PAIRS
from bot.views import blocks as b
from bot.views.ids import Action

FILES = (
    "The files are in this thread: texts to teach with, texts to check with, a table to read, "
    "and where each line comes from."
)


def dataset_card(card: DatasetCard) -> Message:
    """One frozen version: what is in it, whether it is enough, and the step that follows."""
    counts = [
        ("Prompts", f"{card.prompts:,} (the guide asks for {GUIDE_PAIRS})"),
        ("Approved texts", f"{card.pairs:,}"),
        ("To teach with", f"{card.train:,}"),
        ("Kept aside to check", f"{card.validation:,}" if card.validation else "none"),
    ]
    body = [b.header(f"Training set, version {card.number}"), b.fields(counts), b.section(_enough(card)), *_news(card)]
    foot = b.context(*_stays(card), f"{_frozen_by(card)} · {FILES}")
    return Message(text=_spoken(card), blocks=[*body, foot, *_next_step(card)])


def _news(card: DatasetCard) -> list[Block]:
    """What is new against the version before; the window tells more."""
    closer = b.button("Look closer", Action.DATASET_CLOSER, str(card.id))
    words = (
        f"*Against version {card.before}:* {b.esc(card.diff)}"
        if card.diff
        else "*The first version.* It never changes."
    )
    return [b.section(words, accessory=closer)]


def _stays(card: DatasetCard) -> list[str]:
    """What stayed out, what stays aside, and what was found before the freeze and let be."""
    said = [_stays_out(card)]
    if card.held:
        stay = "was kept aside before and stays" if card.held == 1 else "were kept aside before and stay"
        said.append(f"{card.held:,} of the texts to check with {stay} so.")
    if card.imported:
        said.append(
            f"{card.imported:,} {'was' if card.imported == 1 else 'were'} imported and vouched for by an owner."
        )
    if card.found:
        said.append(f"Seen before the freeze: {b.esc(b.cut(card.found, 500))}.")
    return said


def _enough(card: DatasetCard) -> str:
    bar = b.bar(min(card.pairs, GUIDE_PAIRS), GUIDE_PAIRS)
    if card.pairs >= MIN_PAIRS and not card.can_train:
        return f"{bar}\n{advice(card.pairs)} Only {card.train} of them are left to teach with."
    return f"{bar}\n{advice(card.pairs)}"


def _stays_out(card: DatasetCard) -> str:
    """What was not taken, and why."""
    parts = [f"{card.undecided:,} undecided {_stay(card.undecided)} out."] if card.undecided else ["Nothing undecided."]
    if card.doubles:
        parts.append(f"{card.doubles:,} {_stay(card.doubles)} out: a later text for the same prompt was approved.")
    if card.from_slack:
        parts.append(f"{card.from_slack:,} came through Slack and {_stay(card.from_slack)} out, as set up here.")
    if card.dropped:
        parts.append(f"{card.dropped:,} dropped by hand before the freeze {_stay(card.dropped)} out.")
    return " ".join(parts)


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _frozen_by(card: DatasetCard) -> str:
    when = b.date_token(card.created_at.timestamp(), card.created_at.strftime("%Y-%m-%d %H:%M UTC"))
    return f"Frozen by <@{card.created_by}> {when}, fingerprint `{card.sha256[:12]}`"


def _spoken(card: DatasetCard) -> str:
    frozen = f"Training set, version {card.number}, is frozen."
    news = f" Against version {card.before}: {b.esc(card.diff)}." if card.diff else ""
    return f"{frozen}{news} {advice(card.pairs)} {card.prompts:,} prompts. {_stays_out(card)}"


def _next_step(card: DatasetCard) -> list[Block]:
    """Teach a model where there is enough; below that, examples in the prompt instead of a dead end."""
    project = str(card.project_id)
    use = [
        b.button(f"Before and after · {b.price(card.try_usd)}", Action.TRY_MODEL, project),
        b.button("Write the rest …", Action.FINISH_OPEN, project),
    ]
    if card.can_train:
        train = b.button("Teach a model …", Action.TRAIN_OPEN, f"{project}:{card.id}", style="primary")
        more = b.button("Import pairs …", Action.PAIRS_OPEN, project)
        return [b.actions(train, *(use if card.model else []), more)]
    if card.few_shot:
        said = b.section("*In use as examples:* every prompt now shows the model some of these texts first.")
        return [said, b.actions(*use)]
    few_shot = b.button("Use these as examples now", Action.DATASET_FEW_SHOT, str(card.id), style="primary")
    more = b.button("Import pairs …", Action.PAIRS_OPEN, project)
    return [b.actions(few_shot, b.button("What comes next", Action.PROJECT_NEXT, project), more)]
