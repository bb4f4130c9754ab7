"""`python -m bot` and the `tunesmith` command."""

from __future__ import annotations

from bot.cli.root import run


def main() -> None:
    run()


if __name__ == "__main__":
    main()
