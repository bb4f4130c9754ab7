"""The status card of a fine-tune, and the news of its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.message import Block, Message
from bot.domain.tuning import JobCard, Preview
from bot.domain.tuning_chart import losses_in_words
from bot.domain.tuning_failure import Fix, Remedy
from bot.domain.tuning_state import JobState
from bot.views import blocks as b
from bot.views import tuned
from bot.views.ids import Action
from bot.views.span import span

# So much of what the model writes stands on the card, before and now.
PREVIEW_TEXT = 900
# What Slack takes as an image's alternative text.
ALT_TEXT = 2000

STATES = {
    JobState.PENDING: "Waiting at the provider",
    JobState.VALIDATING: "The provider is checking the texts",
    JobState.QUEUED: "Waiting in the provider's queue",
    JobState.RUNNING: "Teaching the model",
    JobState.PAUSED: "Paused at the provider",
    JobState.FINISHING: "Getting the model ready",
    JobState.SUCCEEDED: "The model has learned your voice",
    JobState.FAILED: "Teaching the model did not work",
    JobState.CANCELLED: "Cancelled",
}


# the status card


def job_card(card: JobCard, now: datetime) -> Message:
    """How it is going, edited in place: state, steps, time left, and what the model writes now."""
    title = state_in_words(card)
    body = [b.header(_heading(card)), b.section(f"*{b.esc(title)}*{_bar(card)}"), *_silence(card), *_ending(card)]
    body += [*_serving(card, now), *_previews(card), *_chart(card), b.context(*_facts(card, now))]
    spoken = f"{_heading(card)}: {title}. {_ending_spoken(card)}".strip()
    return Message(text=b.cut(b.esc(spoken), b.MESSAGE_TEXT), blocks=[*body, *_buttons(card)])


def state_in_words(card: JobCard) -> str:
    """Where a job stands, such as `Teaching the model (step 12 of 45)`."""
    if card.cancel_asked_by and not card.state.is_final:
        return "Cancelling: the provider is being told"
    if not card.sent and not card.state.is_final:
        return f"Sending the texts to {card.provider_label}"
    if card.state is JobState.UNKNOWN:
        return f"The provider says “{card.raw_state}”, a word I do not know. I keep asking"
    words = STATES[card.state]
    if card.state is JobState.RUNNING and card.step and card.in_percent:
        return f"{words} ({card.step} %)"
    if card.state is JobState.RUNNING and card.step and card.total_steps:
        return f"{words} (step {card.step} of {card.total_steps})"
    return f"{words} (step {card.step})" if card.state is JobState.RUNNING and card.step else words


def _heading(card: JobCard) -> str:
    return f"Teaching {card.base_model}" if not card.state.is_final else f"Taught {card.base_model}: {_end_word(card)}"


def _end_word(card: JobCard) -> str:
    return {JobState.SUCCEEDED: "done", JobState.FAILED: "failed"}.get(card.state, "cancelled")


def _bar(card: JobCard) -> str:
    if not card.total_steps or card.state.is_final:
        return ""
    return f"\n{b.bar(card.step or 0, card.total_steps)}"


def _silence(card: JobCard) -> list[Block]:
    if card.silent_since is None or card.state.is_final:
        return []
    since = b.date_token(card.silent_since.timestamp(), card.silent_since.strftime("%H:%M UTC"))
    said = f" It last said: {b.esc(b.cut(card.error, 300))}" if card.error else ""
    return [b.section(f":warning: {b.esc(card.provider_label)} does not answer since {since}.{said} I keep asking.")]


def _ending(card: JobCard) -> list[Block]:
    """What came of it, once it is over."""
    if card.state is JobState.SUCCEEDED:
        left = f"\n:warning: {b.esc(card.error)}" if card.error else ""
        return [b.section(f"Its name: `{b.esc(card.tuned_model)}`{left}")]
    if card.state is JobState.FAILED:
        return [b.section(f":warning: {b.esc(b.cut(card.error, 1500))}{_advice(card)}\n{WHAT_IS_KEPT}")]
    return [b.section(WHAT_IS_KEPT)] if card.state is JobState.CANCELLED else []


WHAT_IS_KEPT = "Your training set is kept. *Teach again* starts over with it."


def _advice(card: JobCard) -> str:
    return f"\n*What helps*  {b.esc(card.remedy.advice)}" if card.remedy else ""


def _ending_spoken(card: JobCard) -> str:
    if card.state is JobState.SUCCEEDED:
        served = f" {tuned.state_in_words(card.served)}." if card.served else ""
        return f"Its name is {card.tuned_model}.{served} {card.error}".strip()
    if card.state is JobState.FAILED:
        return f"{b.cut(card.error, 500)} {card.remedy.advice if card.remedy else ''}".strip()
    return f"{card.provider_label} does not answer for over an hour." if card.silent_since else ""


def _serving(card: JobCard, now: datetime) -> list[Block]:
    """Whether the model answers, in use or not, and what that costs."""
    return [b.section(tuned.standing(card.served, now))] if card.served else []


def _chart(card: JobCard) -> list[Block]:
    """The losses as a picture, with the same in words for whoever does not see it."""
    if not card.chart_file:
        return []
    words = losses_in_words(card.points)
    return [{"type": "image", "slack_file": {"id": card.chart_file}, "alt_text": b.cut(words, ALT_TEXT)}]


def _previews(card: JobCard) -> list[Block]:
    """What it wrote for one product before, and what it writes now."""
    before, latest = card.before, card.latest
    if before is None and latest is None:
        return []
    shown: list[Block] = [b.divider(), b.section(_watched(card))]
    if card.notice:
        shown.append(b.section(f":red_circle: *{b.esc(card.notice)}*"))
    if before is not None:
        shown += [b.context("Before"), b.quote(b.cut(before.text, PREVIEW_TEXT))]
    if latest is not None:
        shown += [b.context(_after(card, latest)), b.quote(b.cut(latest.text, PREVIEW_TEXT))]
    return shown


def _watched(card: JobCard) -> str:
    where = "one of those it is taught with" if card.preview_taught else "which it is not taught with"
    return f"*{b.esc(card.preview_product)}*, {where}"


def _after(card: JobCard, latest: Preview) -> str:
    if card.state is JobState.SUCCEEDED:
        return "What it writes now"
    return f"What it writes after step {latest.step}"


def _facts(card: JobCard, now: datetime) -> list[str]:
    """Time left, how well it learns, money and people, in one or two lines."""
    first = [part for part in (_time(card, now), _learning(card)) if part]
    usd = b.about(card.usd)
    second = f"{card.pairs} texts (version {card.dataset}) · {usd} · started by <@{card.started_by}>"
    if card.watchers:
        second += f" · {card.watchers} more will be told"
    return [*([" · ".join(first)] if first else []), second]


def _time(card: JobCard, now: datetime) -> str:
    if card.finished_at is not None:
        return f"took {span(round((card.finished_at - card.created_at).total_seconds()))}"
    if card.estimated_finish is None or card.state.is_final:
        return ""
    left = round((card.estimated_finish - now).total_seconds())
    return f"about {span(left)} left" if left > 0 else "nearly done"


def _learning(card: JobCard) -> str:
    """The training loss in words."""
    if card.losses is None:
        return ""
    return f"how far off it is: {card.losses[0]:.2f} at first, {card.losses[1]:.2f} now (training loss, less is better)"


def _buttons(card: JobCard) -> list[Block]:
    job, project = str(card.id), str(card.project_id)
    if card.state is JobState.SUCCEEDED:
        return [b.actions(*_use_buttons(card))]
    if card.state.is_final:
        return [b.actions(*_again_buttons(card, project))]
    tell = b.button("Tell me too", Action.TRAIN_TELL_ME, job)
    if card.cancel_asked_by:
        return [b.actions(tell)]
    sure = b.confirm("Cancel this?", "What the provider has done so far may still be charged.", "Cancel it", "Go on")
    return [b.actions(tell, b.button("Cancel", Action.TRAIN_CANCEL, job, style="danger", confirm=sure))]


FIX_LABELS = {
    Fix.OTHER_MODEL: "Choose another model …",
    Fix.SMALLER_BATCH: "Try a smaller batch …",
    Fix.SLOWER: "Learn more slowly …",
    Fix.AGAIN: "Try it again …",
}


def _again_buttons(card: JobCard, project: str) -> list[Block]:
    """What mends it first, then the same order from the start."""
    again = b.button("Teach again …", Action.TRAIN_OPEN, f"{project}:{card.dataset_id}" if card.dataset_id else project)
    fix = _fix_button(card.id, card.remedy) if card.remedy else None
    return [fix | {"style": "primary"}, again] if fix else [again | {"style": "primary"}]


def _fix_button(job_id: int, remedy: Remedy) -> Block | None:
    if remedy.fix is Fix.DROP_LINE and remedy.line:
        return b.button(f"Drop line {remedy.line} and retry …", Action.TRAIN_DROP, f"{job_id}:{remedy.line}")
    label = FIX_LABELS.get(remedy.fix)
    return b.button(label, Action.TRAIN_RETRY, f"{job_id}:{remedy.fix}") if label else None


def _use_buttons(card: JobCard) -> list[Block]:
    """What can be done with the model now; one that does not run is started first, its price on the button."""
    project = str(card.project_id)
    if card.served is not None and not card.served.in_use:
        return tuned.buttons(card.served)
    use = [
        b.button(f"Before and after · {b.price(card.try_usd)}", Action.TRY_MODEL, project, style="primary"),
        b.button("Did it help? …", Action.COMPARE_OPEN, project),
        b.button("Write the rest …", Action.FINISH_OPEN, project),
    ]
    if card.served is None or card.served.answers:
        return [*use, *(tuned.stop_button(card.served) if card.served else [])]
    return tuned.buttons(card.served)


# the end


def job_done(card: JobCard, *, channel: str) -> Message:
    """The direct message at the end, to who started it and whoever asked."""
    text = f"{_end_sentence(card)} Its card is in <#{channel}>."
    return Message(text=text, blocks=[b.section(text), *_buttons(card)])


def job_done_thread(card: JobCard) -> Message:
    """One word in the thread of the card."""
    text = _end_sentence(card)
    return Message(text=text, blocks=[b.section(text)])


def job_event(message: str, provider_label: str) -> Message:
    """A warning of the provider while it goes on."""
    text = f":warning: {b.esc(provider_label)} warns: {b.esc(b.cut(message, 1000))}"
    return Message(text=text, blocks=[b.section(text)])


def _end_sentence(card: JobCard) -> str:
    if card.state is JobState.SUCCEEDED:
        left = f" {b.esc(card.error)}" if card.error else ""
        return f":tada: The model has learned your voice from {card.pairs} texts: `{b.esc(card.tuned_model)}`.{left}"
    if card.state is JobState.CANCELLED:
        who = f" by <@{card.cancel_asked_by}>" if card.cancel_asked_by else ""
        return f"Teaching the model was cancelled{who}. {WHAT_IS_KEPT}"
    return f":warning: Teaching the model did not work: {b.esc(b.cut(card.error, 1000))} {WHAT_IS_KEPT}"


def jobs_list(cards: Sequence[JobCard]) -> Message:
    """The jobs of a project, the newest first."""
    if not cards:
        text = "No model was taught here yet. Freeze the approved texts, then teach one with `/tune train`."
        return Message(text=text, blocks=[b.section(text)])
    lines = [_job_line(card) for card in cards]
    shown = [b.header("What was taught here"), *map(b.section, lines)]
    return Message(text=b.cut("\n".join(lines), b.MESSAGE_TEXT), blocks=shown)


def _job_line(card: JobCard) -> str:
    when = b.date_token(card.created_at.timestamp(), card.created_at.strftime("%Y-%m-%d %H:%M UTC"))
    name = f" `{b.esc(card.tuned_model)}`" if card.tuned_model else ""
    why = f" {b.esc(b.cut(card.error, 300))}" if card.state is JobState.FAILED else ""
    return f"*{b.esc(state_in_words(card))}*{name}{why}\n{b.esc(card.base_model)}, {card.pairs} texts, {when}"
