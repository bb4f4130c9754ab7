"""Failures on demand, taken in the order in which they were asked for."""

from dataclasses import dataclass

from bot.local.workspace.errors import Json

KINDS = ("429", "500", "error", "lose_answer", "stall", "html_download")


@dataclass
class Fault:
    """`method` is a Web API method, or one of `upload`, `download`, `response_url`, or `*` for any."""

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 1.0
    error: str = "internal_error"


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, wanted: Json) -> Fault:
        """Raises TypeError or ValueError for a fault it does not know."""
        fault = Fault(**wanted)
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """The next fault for this method, used up by one."""
        fault = next((one for one in self._waiting if one.method in (method, "*")), None)
        if fault is None:
            return None
        fault.times -= 1
        if fault.times <= 0:
            self._waiting.remove(fault)
        return fault
