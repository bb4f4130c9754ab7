"""What goes over the wire: OpenAI's object shapes, lists and errors. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

Json = dict[str, Any]


class ApiError(Exception):
    """An answer with an error in it: an HTTP status and OpenAI's four error fields."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param, self.kind = status, message, code, param, kind

    def body(self) -> Json:
        """The JSON that clients read."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def bad_request(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """The request itself is wrong; sending it again will not help."""
    return ApiError(400, message, code=code, param=param)


def not_found(what: str, name: str, *, code: str | None = None) -> ApiError:
    """There is no such thing here."""
    return ApiError(404, f"There is no {what} '{name}' here.", code=code, param="id")


def model_not_found(name: str) -> ApiError:
    """Nobody serves a model of this name."""
    return ApiError(404, f"The model '{name}' does not exist here.", code="model_not_found", param="model")


def page(items: Sequence[Json], *, after: str | None, limit: int) -> Json:
    """One page of `items`, which are in the order the client shall see, starting behind the one with id `after`."""
    start = 0
    if after is not None:
        ids = [item["id"] for item in items]
        if after not in ids:
            raise bad_request(f"'after' names '{after}', which is not in this list.", param="after")
        start = ids.index(after) + 1
    data = list(items[start : start + limit])
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": len(items) > start + limit,
    }


def page_options(query: Mapping[str, str], *, default_limit: int, most: int) -> tuple[str | None, int]:
    """`after` and `limit` of a list request. Raises ApiError when the limit makes no sense."""
    raw = query.get("limit", str(default_limit))
    if not raw.isdecimal() or not 1 <= int(raw) <= most:
        raise bad_request(f"'limit' must be a whole number from 1 to {most}.", param="limit")
    return query.get("after") or None, int(raw)


def model_object(name: str, *, created: int, owner: str) -> Json:
    """A model in the list of models."""
    return {"id": name, "object": "model", "created": created, "owned_by": owner}


def deleted(name: str, kind: str) -> Json:
    """The answer to a deletion."""
    return {"id": name, "object": kind, "deleted": True}


def usage(prompt_tokens: int, completion_tokens: int) -> Json:
    """What a request used."""
    total = prompt_tokens + completion_tokens
    return {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "total_tokens": total}


async def json_body(request: web.Request) -> Json:
    """The JSON object of a request."""
    try:
        body = await request.json()
    except ValueError as problem:
        raise bad_request("The body of the request is not JSON.") from problem
    if not isinstance(body, dict):
        raise bad_request("The body of the request must be a JSON object.")
    return body


def number(body: Json, name: str, default: float, *, low: float, high: float) -> float:
    """An optional number of a request, between two bounds."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise bad_request(f"'{name}' must be a number from {low:g} to {high:g}.", param=name)
    return float(value)


def whole(body: Json, name: str, default: int, *, low: int, high: int) -> int:
    """An optional whole number of a request, between two bounds."""
    value = number(body, name, default, low=low, high=high)
    if value != int(value):
        raise bad_request(f"'{name}' must be a whole number.", param=name)
    return int(value)


def optional(body: Json, name: str, kind: type[Any], *, default: Any = None) -> Any:
    """An optional value of a request that must be of one type."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise bad_request(f"'{name}' has the wrong type.", param=name)
    return value


def required_text(body: Json, name: str) -> str:
    """A text that a request must have."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"'{name}' is missing.", param=name)
    return value


def event_line(data: Json | str) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
