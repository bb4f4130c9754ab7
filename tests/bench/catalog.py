"""Reading long catalogs, beside bare pandas on the unpacked file.

    python -m tests.bench.catalog            the long price list in a zip (243,693 rows), and a million rows
    python -m tests.bench.catalog prices     one of them

Each contestant is its own process; imports are not counted. `ratio` is ours by pandas'.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.ingest.shared_data import DATA, MISSING

PRICES = DATA / "catalogs" / "mhlw_price_history_big.zip"
RUNS = 3
MIB = 2**20
AIM_RATIO = 2.5
AIM_MIB = 600
MILLION = 1_000_000
MEASURED = """
import resource, time
wall, cpu = time.perf_counter(), time.process_time()
{}
print(time.perf_counter() - wall, time.process_time() - cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@dataclass(frozen=True)
class Used:
    """Seconds on the clock, seconds of CPU, and the most memory of a process in bytes."""

    wall: float
    cpu: float
    memory: int

    def __str__(self) -> str:
        return f"wall {self.wall:.2f} s  cpu {self.cpu:.2f} s  peak {self.memory / MIB:.0f} MiB"


def measured(*programs: tuple[str, str]) -> list[Used]:
    """For each program (imports, work) its quickest run, with the memory of the greediest; they take turns, so that
    what else this machine does meets all of them."""
    runs = [[_once(imports + MEASURED.format(work)) for imports, work in programs] for _ in range(RUNS)]
    return [_best(own) for own in zip(*runs, strict=True)]


def _best(runs: tuple[Used, ...]) -> Used:
    return Used(min(run.wall for run in runs), min(run.cpu for run in runs), max(run.memory for run in runs))


def _once(code: str) -> Used:
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return Used(float(out[0]), float(out[1]), int(out[2]))


def inspecting(path: Path, options: str = "ReadOptions()") -> tuple[str, str]:
    imports = "from bot.ingest.read import inspect\nfrom bot.ingest.table import ReadOptions"
    return imports, f"inspect({str(path)!r}, options={options})"


def bare_pandas(path: Path) -> tuple[str, str]:
    return "import pandas", f"pandas.read_csv({str(path)!r}, dtype=str)"


def show(title: str, bare: Used, ours: Used) -> None:
    print(f"\n{title}")
    print(f"  bare pandas  {bare}")
    print(f"  inspected    {ours}")
    print(f"  ratio        wall {ours.wall / bare.wall:.2f}  cpu {ours.cpu / bare.cpu:.2f}")


def prices() -> None:
    """A real price list: unpacked, decoded, cleaned, described; the aims are promises."""
    if not PRICES.exists():
        print(f"\nprices: skipped, {MISSING}")
        return
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(PRICES) as archive:
        plain = Path(archive.extract(archive.namelist()[0], folder))
        bare, ours = measured(bare_pandas(plain), inspecting(PRICES))
    show("prices: 243,693 rows, 16 columns, zip", bare, ours)
    kept = ours.cpu <= AIM_RATIO * bare.cpu and ours.memory < AIM_MIB * MIB
    print(f"  aims         at most {AIM_RATIO} times, below {AIM_MIB} MiB: {'kept' if kept else 'MISSED'} (by CPU)")


def million() -> None:
    """A million rows, hardly a cell of which is there twice; and four of them folded into each product."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        _write(path)
        folding = inspecting(path, "ReadOptions(product_key='handle')")
        bare, ours, folded = measured(bare_pandas(path), inspecting(path), folding)
    show("million: 1,000,000 rows, 5 columns", bare, ours)
    print(f"  folded       {folded}")


def _write(path: Path) -> None:
    with path.open("w") as file:
        file.write("handle,name,type,details,price\n")
        file.writelines(
            f"lamp-{n // 4:06d},Lamp number {n // 4},light {n % 50},red {n}; blue {n % 9},{n % 1000}.50\n"
            for n in range(MILLION)
        )


BENCHES = {"prices": prices, "million": million}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or BENCHES:
        BENCHES[chosen]()
