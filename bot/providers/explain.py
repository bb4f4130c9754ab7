"""From what the SDK raises to sentences: what happened, and what to do about it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import aiohttp
import httpx2
import openai

from bot.providers import errors
from bot.providers.errors import ProviderError

# What a provider says is quoted up to here; more of it helps nobody in a message.
QUOTE_LENGTH = 300
# A provider that asks for more patience than this gets this much; the next answer tells how it goes on.
LONGEST_RETRY_AFTER = 300.0
NOT_SENT = (
    httpx2.ConnectError,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.ProxyError,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)
SECRETS = re.compile(r"\b(?:sk|pk|key|xox[a-z]|xapp)-[\w*.-]{6,}|(?<=Bearer )\S+", re.IGNORECASE)
QUOTA_CODES = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_funds"}
)
CONTENT_CODES = frozenset(
    {
        "content_filter",
        "content_policy_violation",
        "responsibleaipolicyviolation",
        "invalid_prompt",
        "moderation_blocked",
    }
)
CONTEXT_CODES = frozenset({"context_length_exceeded", "string_above_max_length", "request_too_large"})
CONTEXT_WORDS = re.compile(
    r"context (?:length|window|size)|maximum.{0,20}tokens|too many tokens|prompt is too long", re.I
)
MODEL_CODES = frozenset(
    {
        "model_not_found",
        "model_not_available",
        "deploymentnotfound",
        "invalid_model",
        "model_deprecated",
        "model_retired",
    }
)
MODEL_WORDS = re.compile(
    r"model\b.{0,80}(?:not (?:found|exist)|does not exist|unknown|deprecated|retired|decommissioned)", re.I
)
PARAMETER_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter"})
# A gateway gave up waiting for the model: the model may have finished, and be paid for, all the same.
GATEWAY_TIMEOUTS = frozenset({408, 504, 524})


def explain(error: openai.OpenAIError, *, provider: str, model: str | None = None) -> ProviderError:
    """The error as one of ours. `provider` is the name a person knows it by; `model` the one that was asked, if any."""
    if isinstance(error, openai.APIStatusError):
        return _Refusal(error, provider, model).explained()
    if isinstance(error, openai.APIConnectionError):
        return _lost_or_unreachable(error, provider)
    return errors.WrongAddress(
        f"{provider} could not be used: {quoted(str(error))}", todo="Check the provider's settings and key."
    )


def not_openai(provider: str, what: str) -> ProviderError:
    """An answer with status 200 that is none: an HTML page, or JSON of another kind."""
    return errors.WrongAddress(
        f"{provider} answered, but not in OpenAI's format ({quoted(what, 80)}).",
        todo="Check base_url: it usually ends in /v1.",
    )


def retry_after(headers: httpx2.Headers, *, now: float) -> float | None:
    """Seconds that the provider asks us to wait, or None. `now` is Unix time, for the form with a date."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _patient(milliseconds / 1000)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is None and value:
        seconds = _seconds_until(value, now)
    return None if seconds is None else _patient(seconds)


def quoted(text: str, length: int = QUOTE_LENGTH) -> str:
    """A provider's words, on one line, shortened, without anything that looks like a key."""
    line = SECRETS.sub("[key]", " ".join(text.split()))
    return line if len(line) <= length else line[: length - 1] + "…"


class _Refusal:
    """A status of 4xx or 5xx, read once."""

    def __init__(self, error: openai.APIStatusError, provider: str, model: str | None) -> None:
        self.error, self.provider = error, provider
        self.named = f"The model {model}" if model else "The model"
        self.asked_a_model = model is not None
        self.status = error.status_code
        self.code = (error.code or error.type or "").lower()
        self.words = quoted(_words_of(error))

    def explained(self) -> ProviderError:
        return self._by_code() or self._by_status()

    def _by_code(self) -> ProviderError | None:
        """Codes and words say more than the status, which vendors choose differently."""
        if self.code in QUOTA_CODES or self.status == 402:
            return self._no_quota()
        if self.status >= 500 or self.status == 429:
            return None
        if self.code in CONTENT_CODES:
            return self._content()
        if self.code in CONTEXT_CODES or CONTEXT_WORDS.search(self.words) or self.status == 413:
            return self._too_long()
        if self.code in MODEL_CODES or (self.asked_a_model and MODEL_WORDS.search(self.words)):
            return self._model_gone()
        return None

    def _by_status(self) -> ProviderError:
        match self.status:
            case 401:
                return self._wrong_key()
            case 403:
                return self._access()
            case 404 | 405:
                return self._not_found()
            case 429:
                return self._rate_limited()
            case status if status < 400:
                return self._elsewhere()
            case status if status in GATEWAY_TIMEOUTS:
                return self._gateway_timeout()
            case status if status >= 500 or (status == 409 and self.asked_a_model):
                return self._server()
        return self._bad_request()

    def _make(self, kind: type[ProviderError], message: str, todo: str) -> ProviderError:
        return kind(
            message,
            todo=todo,
            status=self.status,
            code=self.error.code or self.error.type,
            request_id=self.error.request_id,
            retry_after=retry_after(self.error.response.headers, now=time.time()),
        )

    def _no_quota(self) -> ProviderError:
        message = f"The account at {self.provider} has no credit left or reached its spending limit ({self.words})."
        return self._make(errors.NoQuota, message, "Add credit or raise the limit there, then start again.")

    def _content(self) -> ProviderError:
        message = f"{self.provider} refused this text because of its content rules ({self.words})."
        return self._make(
            errors.ContentRefused, message, "Change the product's details or the template, or leave it out."
        )

    def _too_long(self) -> ProviderError:
        message = f"This prompt is too long for the model ({self.words})."
        return self._make(errors.ContextTooLong, message, "Use fewer or shorter columns in the template.")

    def _model_gone(self) -> ProviderError:
        message = f"{self.named} is not available at {self.provider} ({self.words})."
        return self._make(
            errors.ModelGone, message, "Choose another model; it may have been retired or not be deployed yet."
        )

    def _wrong_key(self) -> ProviderError:
        message = f"{self.provider} does not accept the key ({self.words})."
        return self._make(errors.WrongKey, message, "Set the right API key and start again.")

    def _access(self) -> ProviderError:
        message = f"{self.provider} does not allow this for your account ({self.words})."
        return self._make(
            errors.AccessRefused, message, "Ask whoever manages the account, or choose another model or provider."
        )

    def _not_found(self) -> ProviderError:
        if isinstance(self.error.body, dict) and self.asked_a_model:
            return self._model_gone()
        if isinstance(self.error.body, dict):
            return self._make(
                errors.NotThere, f"{self.provider} does not have this ({self.words}).", "It may have been deleted."
            )
        return self._elsewhere()

    def _elsewhere(self) -> ProviderError:
        message = f"{self.provider} has nothing at this address ({self.status})."
        return self._make(errors.WrongAddress, message, "Check base_url: it usually ends in /v1.")

    def _rate_limited(self) -> ProviderError:
        message = f"{self.provider} asks for fewer requests ({self.words})."
        return self._make(errors.RateLimited, message, "It goes on by itself, more slowly.")

    def _gateway_timeout(self) -> ProviderError:
        message = f"{self.provider} took too long to answer ({self.status})."
        return self._make(errors.AnswerLost, message, "The request may have been paid for.")

    def _server(self) -> ProviderError:
        message = f"{self.provider} has trouble of its own ({self.status}: {self.words})."
        return self._make(errors.ServerTrouble, message, "Try again in a few minutes.")

    def _bad_request(self) -> ProviderError:
        kind = errors.UnsupportedParameter if self.code in PARAMETER_CODES else errors.BadRequest
        return self._make(
            kind, f"{self.provider} refused the request ({self.words}).", "Change it as the provider says."
        )


def _lost_or_unreachable(error: openai.APIConnectionError, provider: str) -> ProviderError:
    causes = list(_causes(error))
    reason = quoted(str(causes[-1]) or type(causes[-1]).__name__, 120)
    if any(isinstance(cause, NOT_SENT) for cause in causes) or _only_connecting(causes):
        message = f"{provider} cannot be reached ({reason})."
        return errors.Unreachable(message, kept="Nothing was sent.", todo="Check the network and base_url.")
    message = f"The connection to {provider} ended before the answer came ({reason})."
    return errors.AnswerLost(message, todo="The request may have been carried out, and paid for.")


def _only_connecting(causes: list[BaseException]) -> bool:
    """A connect timeout; but aiohttp's transport also calls a connection that broke later by that name."""
    is_connect = any(isinstance(cause, httpx2.ConnectTimeout) for cause in causes)
    return is_connect and not any(isinstance(cause, aiohttp.ClientConnectionError) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _words_of(error: openai.APIStatusError) -> str:
    """The most telling text: OpenAI's `error.message`, FastAPI's `detail`, else the body or the SDK's own line."""
    body = error.body
    if isinstance(body, dict):
        found = body.get("message") or body.get("detail") or body.get("error")
        return str(found or body)
    return error.message


def _seconds_until(date: str, now: float) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except ValueError:
        return None


def _number(value: str | None) -> float | None:
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _patient(seconds: float) -> float:
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
