"""The check before a freeze: asked for by a click, done by a job, answered finding by finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Line, Split
from bot.domain.dataset_check import LEAST_LETTERS, CheckCard, Found, Kind, KindPage, PairVerdict, kinds
from bot.domain.dataset_lineage import link_to
from bot.domain.near import THRESHOLD
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.errors import BadForm, BotError, NotFound, Stale
from bot.log import current_trace
from bot.preflight import Finding, Options, Pair, apply_fix, can_fix, check_pairs
from bot.preflight.examples import Example, Form, Turn
from bot.preflight.pairs import FIXES
from bot.preflight.tokens import Estimate
from bot.services import catalog_switch
from bot.services import project as projects
from bot.services.dataset import require_lines
from bot.services.dataset_draft import Settled, settled
from bot.services.dataset_files import ORIGIN_WORDS
from bot.services.editing import require_slack_text
from storage import dataset as datasets
from storage import dataset_check as checks
from storage import outbox
from storage.engine import wake_after_commit
from storage.models import PairChoice, Preflight, PreflightFinding, Project

JOB = "dataset_check"
FIXABLE = frozenset(FIXES)
A_PAGE = 5
# Likeness of prompts is the template's doing; only texts that are like each other count.
BY_TEXT = frozenset({"near_duplicate", "held_out_leak"})


@dataclass(frozen=True, slots=True)
class Result:
    """What a check came to: its findings, and how long the pairs are for a model (an estimate)."""

    findings: tuple[Finding, ...]
    tokens: int
    longest: int
    longest_id: int | None


# asking for it


async def ask(
    session: AsyncSession, project_id: int, actor: Actor, *, now: datetime, without_slack: bool, go_on: bool = False
) -> None:
    """Check what would be frozen; then freeze it, unless something was found that is worth a question.

    With `go_on` only what could not train holds it up. Raises NotAllowed, NotYet."""
    project = await projects.as_owner(session, project_id, actor)
    await catalog_switch.require_quiet(session, project_id)
    if not await datasets.any_settled(session, project_id):
        await _require_something(session, project, without_slack=without_slack)
    await checks.want(
        session, project_id, team_id=project.team_id, asked_by=actor.user_id, asked_at=now, go_on=go_on,
        without_slack=without_slack, trace_id=current_trace(),
    )  # fmt: skip
    await redraw(session, project, now=now)
    wake_after_commit(session, JOB)


async def _require_something(session: AsyncSession, project: Project, *, without_slack: bool) -> None:
    require_lines((await settled(session, project)).composed(without_slack=without_slack))


async def key_of(session: AsyncSession, project_id: int) -> str:
    """A card for each version to come: an old one would be edited where nobody looks any more."""
    return key_for(project_id, await datasets.next_number(session, project_id))


def key_for(project_id: int, number: int) -> str:
    return f"dataset_check:{project_id}:{number}"


# the check itself


def checked(material: Settled, lines: Sequence[Line], style: Style) -> Result:
    """Look at every line. Slow for thousands; to be called in a thread."""
    pairs = [_pair(line, material.cells.get(line.completion_id, ())) for line in lines]
    texts = {str(line.completion_id): line.text for line in lines}
    findings = check_pairs(pairs, Options(style=style, language=style.language if style != Style() else ""))
    lengths = [(_tokens(line), line.completion_id) for line in lines]
    longest, longest_id = max(lengths, default=(0, None))
    kept = tuple(one for one in findings if one.key and _counts(one, texts))
    return Result(kept, sum(tokens for tokens, _ in lengths), longest, longest_id)


def _pair(line: Line, cells: tuple[str, ...]) -> Pair:
    return Pair(
        key=str(line.completion_id),
        prompt=line.prompt,
        answer=line.text,
        system=line.system,
        sources=cells,
        origin=line.origin.value,
        held_out=line.split is Split.VALIDATION,
    )


def _counts(finding: Finding, texts: Mapping[str, str]) -> bool:
    if finding.code not in BY_TEXT:
        return True
    one, other = texts.get(finding.key, ""), texts.get(finding.other, "")
    if min(len(one), len(other)) < LEAST_LETTERS:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= THRESHOLD


def _tokens(line: Line) -> int:
    before = (*((Turn("system", line.system),) if line.system else ()), Turn("user", line.prompt))
    return Estimate().count(Example(Form.CHAT, before, Turn("assistant", line.text), None, {}))


def rows(row: Preflight, lines: Sequence[Line], result: Result) -> list[PreflightFinding]:
    """The findings to be stored: one a text, code and message."""
    versions = {str(line.completion_id): line.version for line in lines}
    return [
        PreflightFinding(
            project_id=row.project_id,
            round=row.round,
            completion_id=int(one.key),
            version=versions[one.key],
            code=one.code,
            message=one.message,
            fix=one.fix,
            other_id=int(one.other) if one.other else None,
        )
        for one in result.findings
    ]


async def unanswered(session: AsyncSession, project_id: int, found: Iterable[PreflightFinding]) -> Counter[str]:
    """How many findings of each code nobody has said anything to."""
    said = await checks.choices(session, project_id)
    return Counter(one.code for one in found if not _answer(one, said))


def _answer(found: PreflightFinding, said: Mapping[tuple[int, int], Sequence[PairChoice]]) -> PairChoice | None:
    """What was said to it; a text that is dropped answers for everything about it."""
    mine = said.get((found.completion_id, found.version), ())
    dropped = next((choice for choice in mine if choice.choice == PairVerdict.DROP), None)
    return dropped or next((choice for choice in mine if choice.code == found.code), None)


async def say(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """Post the card of the check, or have it drawn anew."""
    await outbox.say(
        session,
        team_id=project.team_id,
        key=await key_of(session, project.id or 0),
        kind=Say.DATASET_CHECK,
        subject_id=project.id or 0,
        channel=project.channel_id,
        now=now,
    )


async def found_in_words(session: AsyncSession, project_id: int) -> str:
    """What a check found that people let be: for the card of the frozen version."""
    listed = await _kinds(session, project_id)
    return "; ".join(kind.words for kind in listed if kind.open or kind.total)[:1000]


# its card and windows


async def card(session: AsyncSession, project_id: int) -> CheckCard:
    """What the card shows. Raises NotFound."""
    row = await need(session, project_id)
    said = await checks.said(session, project_id)
    texts = await checks.texts(session, [row.longest_id] if row.longest_id else [])
    frozen = await datasets.by_id(session, row.frozen_id) if row.frozen_id else None
    return CheckCard(
        project_id=project_id,
        round=row.round,
        pairs=row.pairs,
        kinds=await _kinds(session, project_id),
        tokens=row.tokens,
        longest=row.longest,
        longest_product=texts[row.longest_id][1] if row.longest_id in texts else "",
        origins=await _origins(session, project_id),
        kept=said.get(PairVerdict.KEEP, 0),
        dropped=said.get(PairVerdict.DROP, 0),
        fixed=said.get(PairVerdict.FIX, 0),
        asked_by=row.asked_by,
        checking=row.state == checks.WANTED,
        frozen=frozen.number if frozen else None,
        problem=row.problem,
    )


async def need(session: AsyncSession, project_id: int) -> Preflight:
    """Raises NotFound."""
    row = await checks.of_project(session, project_id)
    if row is None:
        raise NotFound("Nothing was checked yet.", todo="Start with /tune dataset.")
    return row


async def _kinds(session: AsyncSession, project_id: int) -> tuple[Kind, ...]:
    said = await checks.choices(session, project_id)
    found = await checks.findings(session, project_id)
    return kinds(((one.code, one.message, one.completion_id, _answer(one, said) is not None) for one in found), FIXABLE)


async def _origins(session: AsyncSession, project_id: int) -> tuple[tuple[str, int], ...]:
    """Where the texts came from, in words, the most first."""
    counted = await datasets.origins(session, project_id)
    return tuple((ORIGIN_WORDS.get(origin, origin), count) for origin, count in counted)


async def page(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    code: str,
    number: int,
    *,
    base: str = "",
    allowed: bool = True,
) -> KindPage:
    """Findings of one kind, those without an answer first. Raises NotAllowed, NotFound."""
    project = await projects.as_owner(session, project_id, actor)
    said = await checks.choices(session, project_id)
    found = list(_a_text_each(await checks.findings(session, project_id, code)))
    found.sort(key=lambda one: (_answer(one, said) is not None, one.id))
    pages = max(1, -(-len(found) // A_PAGE))
    number = min(max(number, 0), pages - 1)
    shown = found[number * A_PAGE : (number + 1) * A_PAGE]
    kind = next((one for one in await _kinds(session, project_id) if one.code == code), Kind(code, "", 0, 0))
    return KindPage(
        project_id, kind, number, pages, await _shown(session, project, shown, said, base), text_allowed=allowed
    )


def _a_text_each(found: Sequence[PreflightFinding]) -> Iterable[PreflightFinding]:
    """The first finding of each text: answers are about a text and a kind."""
    seen: set[int] = set()
    for one in found:
        if one.completion_id not in seen:
            seen.add(one.completion_id)
            yield one


async def _shown(
    session: AsyncSession,
    project: Project,
    found: Sequence[PreflightFinding],
    said: Mapping[tuple[int, int], Sequence[PairChoice]],
    base: str,
) -> tuple[Found, ...]:
    ids = {one.completion_id for one in found} | {one.other_id for one in found if one.other_id}
    texts = await checks.texts(session, ids)
    cards = await datasets.cards(session, project.team_id, ids)
    shown = []
    for one in found:
        text, product = texts[one.completion_id]
        other = texts.get(one.other_id or 0)
        answer = _answer(one, said)
        fixes = [
            choice for choice in said.get((one.completion_id, one.version), ()) if choice.choice == PairVerdict.FIX
        ]
        shown.append(
            Found(
                id=one.id or 0,
                completion_id=one.completion_id,
                version=one.version,
                code=one.code,
                message=_plain(one.message),
                fix=one.fix,
                product=product,
                text=fixes[-1].text if fixes else text.text,
                other_product=other[1] if other else "",
                other_text=other[0].text if other else "",
                link=link_to(base, cards.get(one.completion_id)),
                choice=answer.choice if answer else None,
                by=answer.who if answer else "",
                can_fix=can_fix(one.code),
            )
        )
    return tuple(shown)


def _plain(message: str) -> str:
    """Lines have no numbers for people here: the other text stands beside it."""
    head, _, _ = message.partition(" line ")
    return message if head == message else f"{head} the text below."


# answers


async def answer(
    session: AsyncSession, finding_id: int, actor: Actor, choice: PairVerdict, *, now: datetime
) -> PreflightFinding:
    """Keep, drop or mend one text. Raises NotAllowed, NotFound, Stale, and BotError where only a person can mend it."""
    found, project = await _owned(session, finding_id, actor)
    await _answered(session, project, found, actor, choice, now=now)
    await redraw(session, project, now=now)
    return found


async def answer_all(
    session: AsyncSession, project_id: int, actor: Actor, code: str, choice: PairVerdict, *, now: datetime
) -> int:
    """The same answer to every finding of a kind that has none; how many those were."""
    project = await projects.as_owner(session, project_id, actor)
    said = await checks.choices(session, project_id)
    found = [one for one in _a_text_each(await checks.findings(session, project_id, code)) if not _answer(one, said)]
    lines = await _lines(session, project) if choice == PairVerdict.FIX else {}
    for one in found[: checks.ROWS_AT_ONCE]:
        await _answered(session, project, one, actor, choice, now=now, lines=lines)
    await redraw(session, project, now=now)
    return len(found[: checks.ROWS_AT_ONCE])


async def edit(
    session: AsyncSession, finding_id: int, actor: Actor, words: str, *, allowed: bool, now: datetime
) -> PreflightFinding:
    """Take a text with other words into the training set; what reviewers said of it stays beside it.

    Raises BadForm, NotAllowed, also where words typed in Slack must not train."""
    require_slack_text(allowed)
    found, project = await _owned(session, finding_id, actor)
    if not words.strip():
        raise BadForm({"text": "Write a text, or close this and press Drop."})
    await checks.choose(
        session, found, team_id=project.team_id, choice=PairVerdict.FIX, text=words.strip(), typed=True,
        who=actor.user_id, at=now,
    )  # fmt: skip
    await redraw(session, project, now=now)
    return found


async def take_back(session: AsyncSession, finding_id: int, actor: Actor, *, now: datetime) -> PreflightFinding:
    """Forget an answer: the question is open again. Raises NotAllowed, NotFound."""
    found, project = await _owned(session, finding_id, actor)
    said = (await checks.choices(session, project.id or 0)).get((found.completion_id, found.version), ())
    given = _answer(found, {(found.completion_id, found.version): said})
    if given is not None:
        await checks.take_back(session, _like(found, given))
    await redraw(session, project, now=now)
    return found


def _like(found: PreflightFinding, given: PairChoice) -> PreflightFinding:
    """The finding that an answer was given to: a text that was dropped for another reason is answered by that."""
    return PreflightFinding(
        project_id=found.project_id, round=found.round, completion_id=found.completion_id, version=found.version,
        code=given.code, message="", fix="",
    )  # fmt: skip


async def _answered(
    session: AsyncSession,
    project: Project,
    found: PreflightFinding,
    actor: Actor,
    choice: PairVerdict,
    *,
    now: datetime,
    lines: Mapping[int, Line] | None = None,
) -> None:
    values: dict[str, object] = {}
    if choice == PairVerdict.FIX:
        line = (lines or await _lines(session, project)).get(found.completion_id)
        if line is None:
            raise Stale("This text is not among the approved ones any more.", todo="Check again with /tune dataset.")
        values = _mended(line, found)
    await checks.choose(session, found, team_id=project.team_id, choice=choice, who=actor.user_id, at=now, **values)


def _mended(line: Line, found: PreflightFinding) -> dict[str, object]:
    """The words after the fix. Raises BotError where there is none by rule."""
    finding = Finding(0, found.code, found.message, found.fix)
    fixed = apply_fix(Pair(str(line.completion_id), line.prompt, line.text), finding)
    if fixed is None or not can_fix(found.code):
        raise BotError("This needs a person's eye.", kept="The text is as it was.", todo="Edit it, drop it or keep it.")
    return {"prompt": fixed.prompt if fixed.prompt != line.prompt else "", "text": fixed.answer}


async def _lines(session: AsyncSession, project: Project) -> dict[int, Line]:
    return {line.completion_id: line for line in (await settled(session, project)).lines}


async def finding(session: AsyncSession, finding_id: int, actor: Actor) -> Found:
    """One finding for its edit form. Raises NotAllowed, NotFound."""
    found, project = await _owned(session, finding_id, actor)
    said = await checks.choices(session, project.id or 0)
    return (await _shown(session, project, [found], said, ""))[0]


async def _owned(session: AsyncSession, finding_id: int, actor: Actor) -> tuple[PreflightFinding, Project]:
    found = await checks.finding(session, finding_id)
    if found is None:
        raise Stale("This was checked anew meanwhile.", todo="Open the list again from the card.")
    return found, await projects.as_owner(session, found.project_id, actor)


async def redraw(session: AsyncSession, project: Project, *, now: datetime, number: int | None = None) -> None:
    """Have the card drawn anew, where there is one; the one of a version that has just been frozen by its number."""
    project_id = project.id or 0
    key = key_for(project_id, number) if number else await key_of(session, project_id)
    await outbox.refresh(session, team_id=project.team_id, key=key, due=now)
