"""The card of a frozen training set."""

from __future__ import annotations

from bot.domain.dataset import DatasetCard, advice
from bot.domain.message import Block, Message
from bot.domain.tuning import GUIDE_PAIRS, MIN_PAIRS
from bot.views import blocks as b
from bot.views.ids import Action

FILES = "The files are in this thread: texts to teach with, texts to check with, and a table to read."


def dataset_card(card: DatasetCard) -> Message:
    """One frozen version: what is in it, whether it is enough, and the step that follows."""
    counts = [
        ("Prompts", f"{card.prompts:,} (the guide asks for {GUIDE_PAIRS})"),
        ("Approved texts", f"{card.pairs:,}"),
        ("To teach with", f"{card.train:,}"),
        ("Kept aside to check", f"{card.validation:,}" if card.validation else "none"),
    ]
    body = [b.header(f"Training set, version {card.number}"), b.fields(counts), b.section(_enough(card))]
    foot = b.context(_stays_out(card), f"{_frozen_by(card)} · {FILES}")
    return Message(text=_spoken(card), blocks=[*body, foot, *_next_step(card)])


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
        parts.append(f"{card.from_slack:,} typed or uploaded in Slack {_stay(card.from_slack)} out, as set up here.")
    return " ".join(parts)


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _frozen_by(card: DatasetCard) -> str:
    when = b.date_token(card.created_at.timestamp(), card.created_at.strftime("%Y-%m-%d %H:%M UTC"))
    return f"Frozen by <@{card.created_by}> {when}, fingerprint `{card.sha256[:12]}`"


def _spoken(card: DatasetCard) -> str:
    frozen = f"Training set, version {card.number}, is frozen."
    return f"{frozen} {advice(card.pairs)} {card.prompts:,} prompts. {_stays_out(card)}"


def _next_step(card: DatasetCard) -> list[Block]:
    """Teach a model where there is enough; below that, examples in the prompt instead of a dead end."""
    project = str(card.project_id)
    use = [
        b.button(f"Before and after · {b.price(card.try_usd)}", Action.TRY_MODEL, project),
        b.button("Write the rest …", Action.FINISH_OPEN, project),
    ]
    if card.can_train:
        train = b.button("Teach a model …", Action.TRAIN_OPEN, f"{project}:{card.id}", style="primary")
        return [b.actions(train, *(use if card.model else []))]
    if card.few_shot:
        said = b.section("*In use as examples:* every prompt now shows the model some of these texts first.")
        return [said, b.actions(*use)]
    few_shot = b.button("Use these as examples now", Action.DATASET_FEW_SHOT, str(card.id), style="primary")
    return [b.actions(few_shot, b.button("What comes next", Action.PROJECT_NEXT, project))]
