"""What can go wrong at a provider, each kind with what to do about it.

`retryable`: the same request may work later. `fatal`: every other request would fail the same way, so a run stops.
`sent`: the request left this machine and its answer never came, so it may have been paid for.
"""

from __future__ import annotations

from typing import ClassVar

from bot.errors import ProviderTrouble


class ProviderError(ProviderTrouble):
    """Base of all. `status`, `code` and `request_id` are what the provider's support asks for."""

    kind: ClassVar[str] = "provider_error"
    retryable: ClassVar[bool] = False
    fatal: ClassVar[bool] = False
    sent: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        kept: str = "",
        todo: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, kept=kept, todo=todo)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after


class WrongKey(ProviderError):
    kind = "wrong_key"
    fatal = True


class NoQuota(ProviderError):
    """The account has no credit left, or its own monthly limit is reached."""

    kind = "no_quota"
    fatal = True


class AccessRefused(ProviderError):
    """The key is right, and still this is not allowed: model, region, organisation, or an end of service."""

    kind = "access_refused"
    fatal = True


class ModelGone(ProviderError):
    kind = "model_gone"
    fatal = True


class WrongAddress(ProviderError):
    """Something answered that does not speak the OpenAI wire format."""

    kind = "wrong_address"
    fatal = True


class ContentRefused(ProviderError):
    kind = "content_refused"


class ContextTooLong(ProviderError):
    kind = "context_too_long"


class BadRequest(ProviderError):
    """The provider understood and says no: a parameter, a file, a state that does not allow it."""

    kind = "bad_request"


class UnsupportedParameter(BadRequest):
    """The model does not know a setting that every request of this run carries."""

    fatal = True


class NotThere(ProviderError):
    """A job, file or page that the provider does not have."""

    kind = "not_there"


class RateLimited(ProviderError):
    kind = "rate_limited"
    retryable = True


class ServerTrouble(ProviderError):
    kind = "server_trouble"
    retryable = True


class Unreachable(ProviderError):
    """No connection: nothing was sent."""

    kind = "unreachable"
    retryable = True


class AnswerLost(ProviderError):
    """Sent, but the connection ended before the answer: it may have been done, and paid for."""

    kind = "answer_lost"
    retryable = True
    sent = True


class Interrupted(AnswerLost):
    """We stopped waiting ourselves, because somebody ended the run."""

    kind = "interrupted"
    retryable = False
