"""Turning a text that grows token by token into pieces that can be shown. Pure."""

UNFINISHED = "\ufffd"  # what a decoder shows for the first bytes of a character whose rest is still to come


class GrowingText:
    """Gives out what is new, never a part of a stop sequence and never half a character."""

    def __init__(self, stop: tuple[str, ...]) -> None:
        self._stop = stop
        self._text = ""
        self._shown = 0
        self.stopped = False

    def grow(self, text: str) -> str:
        """The text as decoded so far; returns what may be shown now. Sets `stopped` at a stop sequence."""
        ends = [at for word in self._stop if (at := text.find(word)) >= 0]
        self.stopped = bool(ends)
        self._text = text[: min(ends)] if ends else text
        return self._show(len(self._text) if ends else len(self._text) - self._held_back())

    def rest(self) -> str:
        """What was held back, once nothing more will come."""
        return self._show(len(self._text))

    def _show(self, upto: int) -> str:
        piece = self._text[self._shown : upto]
        self._shown = max(self._shown, upto)
        return piece

    def _held_back(self) -> int:
        text = self._text
        unfinished = len(text) - len(text.rstrip(UNFINISHED))
        return max([unfinished, *(_begun(text, word) for word in self._stop)])


def _begun(text: str, word: str) -> int:
    """How many characters at the end of `text` could be the beginning of `word`."""
    return next((size for size in range(min(len(word) - 1, len(text)), 0, -1) if word.startswith(text[-size:])), 0)
