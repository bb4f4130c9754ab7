"""What only shows when lines are seen together: doubles, contradictions, strangers, leaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from bot.domain.near import resemblances
from bot.preflight.examples import Example, Form
from bot.preflight.findings import Findings
from bot.preflight.language import language_of

# Texts kept for the comparison, in characters; beyond it, lines are no longer compared with each other.
MOST_KEPT = 200_000_000
SAME_ANSWER = 40  # characters from which the same answer twice is no label or yes, but a text
LEAST_TO_COMPARE = 10  # texts of a known language, before a majority means anything
MAJORITY = 0.8  # of the texts of a known language
HOUSE_SYSTEM = 0.5  # of the lines; with less in common, every line is meant to have its own system prompt


@dataclass(frozen=True, slots=True)
class Place:
    """A line: its number and its key."""

    line: int
    key: str = ""

    @property
    def name(self) -> str:
        return f"line {self.line}"


@dataclass(slots=True)
class Lines:
    """Examples seen so far; hashes where the text itself is not needed any more."""

    near: bool = True
    texts: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    kept: int = 0
    compared_all: bool = True
    _whole: dict[int, Place] = field(default_factory=dict)
    _prompts: dict[int, tuple[Place, int]] = field(default_factory=dict)
    _answers: dict[int, tuple[Place, int]] = field(default_factory=dict)
    _languages: list[tuple[Place, str]] = field(default_factory=list)
    _systems: dict[int, list[Place]] = field(default_factory=dict)
    _starts: dict[bool, tuple[int, Place]] = field(default_factory=dict)

    def add(self, example: Example, place: Place, findings: Findings) -> None:
        """Remember a line, and note what it has in common with one before."""
        self._languages.append((place, language_of(example.answer.text)))
        self._systems.setdefault(hash(example.system), []).append(place)
        self._count_start(example, place)
        whole = hash((tuple((turn.role, turn.text) for turn in example.texts()), str(example.before[-1:])))
        earlier = self._whole.setdefault(whole, place)
        if earlier is not place:
            _pair(findings, "duplicate", place, earlier, "The same example as {}.")
        elif not self._contradicts(example, place, findings):
            self._keep(f"{example.prompt}\n{example.answer.text}", place)

    def finish(self, findings: Findings, held_out: Lines | None = None, *, language: str = "") -> None:
        """Note what is clear only at the end. `held_out` are the lines kept aside to check the model with; `language`
        is the one that is wanted, else most lines decide."""
        self._note_languages(findings, language)
        self._note_systems(findings)
        self._note_starts(findings)
        self._note_resemblances(findings, held_out)

    def _contradicts(self, example: Example, place: Place, findings: Findings) -> bool:
        """Whether the line's prompt, or its answer, was seen before; it is noted."""
        prompt, answer = hash((example.system, example.prompt)), hash(example.answer.text)
        earlier, other = self._prompts.setdefault(prompt, (place, answer))
        if earlier is not place and other != answer:
            _pair(findings, "conflicting_answers", place, earlier, "The prompt of {}, but another answer.")
            return True
        if len(example.answer.text) >= SAME_ANSWER:
            earlier, _ = self._answers.setdefault(answer, (place, prompt))
            if earlier is not place:
                _pair(findings, "repeated_answer", place, earlier, "The same answer as {}, to another prompt.")
        return False

    def _keep(self, text: str, place: Place) -> None:
        if not self.near:
            return
        if self.kept > MOST_KEPT:
            self.compared_all = False
            return
        self.kept += len(text)
        self.texts.append(text)
        self.places.append(place)

    def _count_start(self, example: Example, place: Place) -> None:
        if example.form is Form.COMPLETION:
            blank = example.answer.text[0].isspace()
            count, first = self._starts.get(blank, (0, place))
            self._starts[blank] = (count + 1, first)

    def _note_starts(self, findings: Findings) -> None:
        if len(self._starts) == 2:
            (rare, first), (usual, _) = sorted(self._starts.values(), key=lambda start: start[0])
            message = f"{rare} completions begin otherwise than the other {usual}: some with a blank, some without."
            findings.add(first.line, "uneven_start", message, key=first.key)

    def _note_languages(self, findings: Findings, wanted: str) -> None:
        known = Counter(language for _, language in self._languages if language)
        if not known:
            return
        usual, count = known.most_common(1)[0]
        if not wanted and (known.total() < LEAST_TO_COMPARE or count < MAJORITY * known.total()):
            return
        for place, language in self._languages:
            if language and language != (wanted or usual):
                message = f"The answer seems to be {language}, not {wanted or usual}."
                findings.add(place.line, "wrong_language", message, key=place.key)

    def _note_systems(self, findings: Findings) -> None:
        groups = sorted(self._systems.values(), key=len, reverse=True)
        total = sum(map(len, groups))
        if len(groups) > 1 and len(groups[0]) > HOUSE_SYSTEM * total:
            for group in groups[1:]:
                message = f"{len(group)} of {total} lines have another system prompt than most."
                findings.add(group[0].line, "inconsistent_system", message, key=group[0].key)

    def _note_resemblances(self, findings: Findings, held_out: Lines | None) -> None:
        aside = held_out.texts if held_out else []
        places = [*(held_out.places if held_out else []), *self.places]
        told: set[tuple[int, bool]] = set()
        for later, earlier, ratio in resemblances([*aside, *self.texts]):
            leaks = earlier < len(aside)
            if later < len(aside) or (later, leaks) in told:
                continue
            told.add((later, leaks))
            if leaks:
                words = "Nearly" if ratio < 1 else "Just"
                findings.add(
                    places[later].line,
                    "held_out_leak",
                    f"{words} the same as {places[earlier].name} of the validation file.",
                    key=places[later].key,
                    other=places[earlier].key,
                )
            else:
                _pair(findings, "near_duplicate", places[later], places[earlier], f"{ratio:.0%} the same as {{}}.")


def _pair(findings: Findings, code: str, place: Place, earlier: Place, message: str) -> None:
    findings.add(place.line, code, message.format(earlier.name), key=place.key, other=earlier.key)
