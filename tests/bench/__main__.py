"""`python -m tests.bench`: every benchmark of this folder, one after the other, each its own process."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import tests.bench


def main() -> int:
    names = sorted(module.name for module in pkgutil.iter_modules(tests.bench.__path__) if module.name != "__main__")
    return max((subprocess.run([sys.executable, "-m", f"tests.bench.{name}"]).returncode for name in names), default=0)


if __name__ == "__main__":
    sys.exit(main())
