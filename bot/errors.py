"""Errors that people read: what happened, what was kept, what to do next."""

from __future__ import annotations


class BotError(Exception):
    """A problem told to a person in one or two sentences. Children name the kind, never the culprit."""

    def __init__(self, message: str, *, kept: str = "", todo: str = "") -> None:
        super().__init__(" ".join(part for part in (message, kept, todo) if part))
        self.message = message
        self.kept = kept
        self.todo = todo


class NotFound(BotError):
    """The thing a button or command points at is gone."""


class NotAllowed(BotError):
    """This person may not do this here."""


class NotYet(BotError):
    """An earlier step is missing; `todo` names it."""


class Stale(BotError):
    """The thing changed since the person looked at it."""


class AlreadyDecided(BotError):
    """A colleague was faster. `who` is their Slack user id, `what` their decision in one word."""

    def __init__(self, who: str, what: str) -> None:
        super().__init__(f"Already {what} by <@{who}>.", kept="Their decision stands; nothing of yours was changed.")
        self.who = who
        self.what = what


class BadForm(BotError):
    """A form cannot be taken. `fields` maps the form's field names to a sentence each."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


class BadCatalog(BotError):
    """A file or text cannot be read as a catalog."""


class BadTemplate(BotError):
    """A template names a column that is not there, or is empty or unbalanced."""


class ProviderTrouble(BotError):
    """A model provider refused or failed."""


class SlackTrouble(BotError):
    """Slack refused or failed."""


class NeedsSecond(BotError):
    """An order above the threshold that nobody else has said yes to. `what` names it, `words` say it after "to"."""

    def __init__(
        self, *, project_id: int, team_id: str, asked_by: str, what: str, words: str, usd: float | None
    ) -> None:
        super().__init__("Somebody else has to say yes to this first.")
        self.project_id, self.team_id, self.asked_by = project_id, team_id, asked_by
        self.what, self.words, self.usd = what, words, usd


class BudgetReached(BotError):
    """The cap on spending does not allow the next request."""
