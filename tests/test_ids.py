"""No two listeners share an id, and every id that a view shows has a listener."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from bot.deps import Deps
from bot.views.ids import Action, Callback

# Fields of forms: their values come with the form.
FIELDS = (Action.TEMPLATE_TEXT,)
# Windows that are only read: without a submit button Slack sends nothing.
READ_ONLY = (Callback.PROMPTS_CLOSER, Callback.DATASET_CLOSER, Callback.CHECK)


Constraint = str | re.Pattern[str]


class Recorder:
    """Stands where Bolt's app stands while listeners are registered, and writes down what for."""

    def __init__(self) -> None:
        self.ids: list[tuple[str, Constraint]] = []

    def middleware(self, _function: Any) -> None: ...

    def _record(self, kind: str, constraint: Any) -> Any:
        self.ids.append((kind, constraint if isinstance(constraint, re.Pattern) else str(constraint)))
        return lambda function: function

    def __getattr__(self, kind: str) -> Any:
        return lambda constraint: self._record(kind, constraint)


def registered(deps: Deps) -> list[tuple[str, Constraint]]:
    import handlers

    app = Recorder()
    handlers.register(app, deps)  # type: ignore[arg-type]
    return app.ids


async def test_no_two_listeners_share_an_id(deps: Deps) -> None:
    doubled = [one for one, times in Counter(registered(deps)).items() if times > 1]

    assert doubled == []


async def test_every_action_and_callback_has_a_listener(deps: Deps) -> None:
    ids = registered(deps)

    def heard(kinds: tuple[str, ...], name: str) -> bool:
        """As Bolt does: a pattern is searched for, anything else has to be the same."""
        return any(
            kind in kinds and (known.search(name) if isinstance(known, re.Pattern) else known == name)
            for kind, known in ids
        )

    shown = [a for a in Action if a not in FIELDS]
    silent = [a for a in shown if not heard(("action",), a) and not heard(("action",), f"{a}:1")]
    silent_forms = [c for c in Callback if c not in READ_ONLY and not heard(("view", "shortcut"), c)]
    assert silent == [] and silent_forms == []
