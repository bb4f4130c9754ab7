"""Status cards, App Home, help, and the two lines on being invited."""

from __future__ import annotations

from typing import Any

from bot.domain.home import Counts, HomeCard, ProjectCard, Stage
from bot.domain.message import Block, Message
from bot.views import blocks as b
from bot.views.ids import Action, Callback

HELLO = (
    "Hello! I teach a language model to write about your products in your own voice.\n"
    "Drop a catalog here (CSV, Excel or JSON), or press *Start a project*. `/tune` shows at any time what comes next."
)

# By what somebody wants to do, in the order of the work.
HELP: dict[str, tuple[tuple[str, str], ...]] = {
    "Where things stand": (
        ("status", "everything at a glance, and what comes next"),
        ("new", "start a project here; you will own it"),
        ("projects", "choose among several"),
    ),
    "Prepare": (
        ("catalog", "add or replace the catalog"),
        ("style", "the house voice"),
        ("template", "what each prompt says"),
        ("prompts", "look at prompts, sign them off, see the price"),
    ),
    "Write and review": (
        ("write", "five texts to try, then more"),
        ("stop", "stop a run"),
        ("review", "the next text for you"),
    ),
    "Teach": (
        ("import", "bring finished pairs of prompt and text from elsewhere"),
        ("dataset", "make a training set of what was approved"),
        ("train", "teach a model with it"),
        ("jobs", "what is being taught"),
        ("cancel", "stop the teaching"),
    ),
    "Use it": (
        ("try", "before and after, side by side"),
        ("compare", "did it help? People judge pairs blindly"),
        ("finish", "write the rest of the catalog"),
        ("models", "all taught models: use one, go back, retire"),
    ),
    "Look after it": (
        ("people", "who may do what"),
        ("settings", "how many people must agree, who has the last word"),
        ("money", "what was spent, by whom and for what; the budget"),
        ("audit", "every decision as a table, for owners"),
        ("delete", "delete this project with all its texts, here and at the provider"),
    ),
}

# What each stage asks for, in a sentence.
SAYS: dict[Stage, str] = {
    Stage.CATALOG: "Drop a catalog file into this channel: CSV, Excel, JSON or a pasted table.",
    Stage.CATALOG_CHECK: "I have read the catalog. Please look whether I understood it.",
    Stage.PROMPTS: "Look at ten prompts before anything is written.",
    Stage.TRY: "Let me write five texts to try, or review texts that you already have.",
    Stage.WRITING: "I am writing. You will hear from me once when it is done.",
    Stage.REVIEW: "Texts are waiting for a yes, a fix or a no.",
    Stage.DATASET: "Make a training set of the approved texts.",
    Stage.TRAIN: "The training set is frozen. Teach a model with it.",
    Stage.TUNING: "A model is being taught. You will hear from me when it is done.",
    Stage.MODEL: "The model has learned your voice. Try it, or let it write the rest.",
}


def hello() -> Message:
    """Two lines on being invited."""
    start = b.button("Start a project", Action.PROJECT_NEW, style="primary")
    return Message(text=HELLO, blocks=[b.section(HELLO), b.actions(start, b.button("How it works", Action.HELP))])


def project_card(card: ProjectCard) -> Message:
    """Where this project stands and what comes next, with the button for it."""
    says = SAYS[card.stage]
    spoken = f"{b.esc(card.name)}: {says} {_numbers(card.counts)}"
    body = [b.header(card.name), b.section(f"*Next:* {says}"), b.context(_numbers(card.counts), _owned_by(card))]
    return Message(text=spoken, blocks=[*body, b.actions(*_next_buttons(card), _more(card))])


def _more(card: ProjectCard) -> Block:
    """What is needed seldom."""
    return b.overflow(Action.DELETION_OPEN, [b.option("Delete this project …", str(card.id))])


def home_view(card: HomeCard) -> dict[str, Any]:
    """App Home: what waits for me first, then every project."""
    shown: list[Block] = [b.header("What waits for you"), b.section(_waiting(card))]
    if card.review_in is not None:
        shown.append(b.actions(b.button("Review next", Action.REVIEW_NEXT, str(card.review_in), style="primary")))
    shown += [b.divider(), b.header("Projects")]
    for project in card.projects[:20]:
        shown += [b.section(f"*{b.esc(project.name)}* in <#{project.channel}>\n{SAYS[project.stage]}"),
                  b.context(_numbers(project.counts))]  # fmt: skip
    if not card.projects:
        shown.append(b.section("None yet. Invite me to a channel with `/invite @Tunesmith` and drop a catalog there."))
    return {"type": "home", "blocks": shown[:100]}


def help_message() -> Message:
    """Every word of `/tune` under what it is for."""
    body = [b.section(f"*{title}*\n{_help_lines(lines)}") for title, lines in HELP.items()]
    return Message(text="What /tune can do", blocks=[b.header("What /tune can do"), *body])


def _help_lines(lines: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"`/tune {word}`  {meaning}" for word, meaning in lines)


def note(text: str, *, button: str = "", label: str = "", value: str = "") -> Message:
    """One sentence, with a button where there is something to do about it. `text` is ours, its data escaped."""
    tail = [b.actions(b.button(label, button, value))] if button else []
    return Message(text=text, blocks=[b.section(text), *tail])


def projects_list(cards: list[ProjectCard], active: int | None) -> Message:
    """The projects of a channel, to choose one."""
    shown = [b.header("Projects in this channel")]
    for card in cards[:20]:
        mark = "  ✓ active" if card.id == active else ""
        choose = b.button("Open", f"{Action.PROJECT_NEXT}:choose", str(card.id))
        shown.append(b.section(f"*{b.esc(card.name)}*{mark}\n{_numbers(card.counts)}", accessory=choose))
    return Message(text=f"{len(cards)} projects in this channel", blocks=shown)


def new_project_modal(channel: str) -> dict[str, Any]:
    name = b.text_input("name", placeholder="Product texts", max_length=60)
    asked = b.asked("What shall it be called?", name, block_id="name", optional=True)
    return b.modal("New project", Callback.PROJECT_NEW, [asked], submit="Start", metadata=channel)


def move_modal(project_id: int) -> dict[str, Any]:
    where = {"type": "conversations_select", "action_id": "channel", "filter": {"include": ["public", "private"]}}
    asked = b.asked("Which channel?", where, block_id="channel", hint="Invite me there first.")
    return b.modal("Move the project", f"{Action.PROJECT_MOVE}", [asked], submit="Move", metadata=str(project_id))


def _owned_by(card: ProjectCard) -> str:
    return "Owned by " + (", ".join(f"<@{owner}>" for owner in card.owners) or "nobody any more")


def _numbers(counts: Counts) -> str:
    """The figures that exist so far, in one line."""
    parts = ["1 product" if counts.products == 1 else f"{counts.products:,} products"] if counts.catalog_used else []
    if counts.open or counts.approved or counts.rejected:
        parts.append(f"{counts.approved} approved, {counts.rejected} rejected, {counts.open} open")
    parts += [f"{_sets(counts.datasets)}"] if counts.datasets else []
    parts += [f"model {b.esc(counts.tuned_model)}"] if counts.tuned_model else []
    return " · ".join(parts) or "Nothing yet."


def _sets(count: int) -> str:
    return "1 training set" if count == 1 else f"{count} training sets"


def _waiting(card: HomeCard) -> str:
    if not card.waiting:
        return "Nothing. Enjoy the quiet."
    texts = "1 text" if card.waiting == 1 else f"{card.waiting} texts"
    minutes = "1 minute" if card.minutes == 1 else f"{card.minutes} minutes"
    return f"*{texts}* for you, about {minutes}."


def _next_buttons(card: ProjectCard) -> list[Block]:
    """The step's own button first, then what else makes sense now."""
    project = str(card.id)
    table: dict[Stage, list[Block]] = {
        Stage.CATALOG: [b.button("Add a catalog", Action.CATALOG_ADD, project, style="primary")],
        Stage.CATALOG_CHECK: [b.button("Another catalog", Action.CATALOG_ADD, project)],
        Stage.PROMPTS: [
            b.button("Look at prompts", Action.PROMPTS_SHOW, project, style="primary"),
            b.button("House style", Action.STYLE_OPEN, project),
            b.button("Template", Action.TEMPLATE_OPEN, project),
        ],
        Stage.TRY: [
            b.button("Try five", Action.WRITE_TRY, project, style="primary"),
            b.button("Use texts you already have", Action.WRITE_EXISTING, project),
            b.button("Template", Action.TEMPLATE_OPEN, project),
        ],
        Stage.WRITING: [],
        Stage.REVIEW: [b.button("Review next", Action.REVIEW_NEXT, project, style="primary")],
        Stage.DATASET: [b.button("Make a training set", Action.DATASET_FREEZE, project, style="primary")],
        Stage.TRAIN: [b.button("Teach a model …", Action.TRAIN_OPEN, project, style="primary")],
        Stage.TUNING: [],
        Stage.MODEL: [
            b.button("Before and after", Action.TRY_MODEL, project, style="primary"),
            b.button("Did it help? …", Action.COMPARE_OPEN, project),
            b.button("Write the rest …", Action.FINISH_OPEN, project),
        ],
    }
    others = [b.button("Make a training set", Action.DATASET_FREEZE, project)] if _can_freeze_early(card) else []
    return [*table[card.stage], *others, b.button("Help", Action.HELP)]


def _can_freeze_early(card: ProjectCard) -> bool:
    return card.stage == Stage.REVIEW and card.counts.unfrozen > 0
