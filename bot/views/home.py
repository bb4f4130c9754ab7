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

HELP_LINES = (
    ("/tune new", "start a project here; you will own it"),
    ("/tune catalog", "add or replace the catalog"),
    ("/tune style · /tune template", "the house voice, and what each prompt says"),
    ("/tune prompts", "look at prompts, sign them off, see the price"),
    ("/tune write · /tune stop", "five texts to try, then more; stop a run"),
    ("/tune review · /tune people", "the next text for you; owners and reviewers"),
    ("/tune settings", "how many people must agree, who has the last word"),
    ("/tune dataset · /tune train", "freeze what was approved; teach a model with it"),
    ("/tune jobs · /tune cancel", "what is being taught; cancel it"),
    ("/tune try · /tune finish", "before and after side by side; write the rest of the catalog"),
    ("/tune status · /tune projects", "everything at a glance; choose among projects"),
)

# What each stage asks for, in a sentence.
SAYS: dict[Stage, str] = {
    Stage.CATALOG: "Drop a catalog file into this channel: CSV, Excel, JSON or a pasted table.",
    Stage.CATALOG_CHECK: "I have read the catalog. Please look whether I understood it.",
    Stage.PROMPTS: "Look at ten prompts before anything is written.",
    Stage.TRY: "Let me write five texts to try, or review texts that you already have.",
    Stage.WRITING: "I am writing. You will hear from me once when it is done.",
    Stage.REVIEW: "Texts are waiting for a yes, a fix or a no.",
    Stage.DATASET: "Freeze the approved texts into a training set.",
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
    return Message(text=spoken, blocks=[*body, b.actions(*_next_buttons(card))])


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
    lines = "\n".join(f"`{command}`  {meaning}" for command, meaning in HELP_LINES)
    return Message(text="What /tune can do", blocks=[b.header("What /tune can do"), b.section(lines)])


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


def people_modal(project_id: int, owners: list[str], reviewers: list[str]) -> dict[str, Any]:
    """Owners spend, freeze, train, cancel and delete; reviewers decide on texts."""
    asked = [
        b.asked("Owners", _people("owners", owners), block_id="owners", hint="They spend, freeze, train and cancel."),
        b.asked("Reviewers", _people("reviewers", reviewers), block_id="reviewers", optional=True,
                hint="They approve, edit and reject. Nobody here means everyone in the channel except guests."),
    ]  # fmt: skip
    return b.modal("People", Callback.PROJECT_PEOPLE, asked, submit="Save", metadata=str(project_id))


def move_modal(project_id: int) -> dict[str, Any]:
    where = {"type": "conversations_select", "action_id": "channel", "filter": {"include": ["public", "private"]}}
    asked = b.asked("Which channel?", where, block_id="channel", hint="Invite me there first.")
    return b.modal("Move the project", f"{Action.PROJECT_MOVE}", [asked], submit="Move", metadata=str(project_id))


def _people(action: str, chosen: list[str]) -> Block:
    made: Block = {"type": "multi_users_select", "action_id": action}
    return made | ({"initial_users": chosen} if chosen else {})


def _owned_by(card: ProjectCard) -> str:
    return "Owned by " + ", ".join(f"<@{owner}>" for owner in card.owners)


def _numbers(counts: Counts) -> str:
    """The figures that exist so far, in one line."""
    parts = [f"{counts.products} products"] if counts.catalog_used else []
    if counts.open or counts.approved or counts.rejected:
        parts.append(f"{counts.approved} approved, {counts.rejected} rejected, {counts.open} open")
    parts += [f"{counts.datasets} frozen sets"] if counts.datasets else []
    parts += [f"model {b.esc(counts.tuned_model)}"] if counts.tuned_model else []
    return " · ".join(parts) or "Nothing yet."


def _waiting(card: HomeCard) -> str:
    if not card.waiting:
        return "Nothing. Enjoy the quiet."
    return f"*{card.waiting} texts* for you, about {card.minutes} minutes."


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
        Stage.DATASET: [b.button("Freeze the approved texts", Action.DATASET_FREEZE, project, style="primary")],
        Stage.TRAIN: [b.button("Teach a model", Action.TRAIN_OPEN, project, style="primary")],
        Stage.TUNING: [],
        Stage.MODEL: [
            b.button("Before and after", Action.TRY_MODEL, project, style="primary"),
            b.button("Write the rest", Action.FINISH_OPEN, project),
        ],
    }
    others = [b.button("Freeze what is approved", Action.DATASET_FREEZE, project)] if _can_freeze_early(card) else []
    return [*table[card.stage], *others, b.button("Help", Action.HELP)]


def _can_freeze_early(card: ProjectCard) -> bool:
    return card.stage == Stage.REVIEW and card.counts.unfrozen > 0
