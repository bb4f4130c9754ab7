"""Long catalogs are read about as fast as bare pandas reads them, and prompts are made about as fast as Python can."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.prompt_texts import texts
from bot.ingest.table import Cells, Rows
from tests.ingest.shared_data import DATA, MISSING

BIG = DATA / "catalogs" / "mhlw_price_history_big.zip"
TIMES_PANDAS = 2.5
MAX_MEMORY = 600 * 1024 * 1024
OF_BARE_LOOP = 0.6
PROMPTS = 1_000_000
MEASURED = """
import resource, time
start = time.process_time()
{}
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""
COLUMNS = ["Product Name", "Type", "Details"]
TEMPLATE = "Write a description of [product name], mention [type] and [details]"

pytestmark = pytest.mark.slow


def measured(imports: str, work: str) -> tuple[float, int]:
    """CPU seconds of some work in a process of its own, imports not counted, and the process's peak memory in bytes."""
    code = imports + MEASURED.format(work)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return float(out[0]), int(out[1])


@pytest.mark.skipif(not BIG.exists(), reason=MISSING)
def test_a_long_price_list_is_inspected_within_two_and_a_half_times_bare_pandas(tmp_path: Path) -> None:
    with zipfile.ZipFile(BIG) as archive:
        plain = archive.extract(archive.namelist()[0], tmp_path)

    bare = min(measured("import pandas", f"pandas.read_csv({plain!r}, dtype=str)")[0] for _ in range(3))
    ours = [measured("from bot.ingest.read import inspect", f"inspect({str(BIG)!r})") for _ in range(3)]

    print(f"pandas {bare:.2f} s, inspected in {min(ours)[0]:.2f} s, {ours[0][1] / 2**20:.0f} MiB")
    assert min(ours)[0] <= TIMES_PANDAS * bare
    assert max(memory for _, memory in ours) < MAX_MEMORY


def test_a_million_rows_are_read_in_bounds(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    with path.open("w") as file:
        file.write("id,name,type,details,price\n")
        file.writelines(
            f"{n:07d},Lamp number {n},light {n % 50},a;b;c{n % 9},{n % 1000}.50\n" for n in range(1_000_000)
        )

    seconds, memory = measured(
        "from bot.ingest.read import inspect", f"assert inspect({str(path)!r}).rows == 1_000_000"
    )

    print(f"a million rows in {seconds:.1f} s, {memory / 2**20:.0f} MiB")
    assert seconds < 30 and memory < 2 * MAX_MEMORY


def seconds_for(work: Callable[[], None]) -> float:
    """The best CPU time of some runs."""
    runs = []
    for _ in range(5):
        start = time.process_time()
        work()
        runs.append(time.process_time() - start)
    return min(runs)


def test_a_million_prompts_come_at_sixty_percent_of_a_bare_loop() -> None:
    values = [(f"Paracetamol {n}", f"Generic Drug {n % 30}", f"tablets {n % 7}") for n in range(PROMPTS)]
    rows = Rows(tuple(Cells.of(column) for column in zip(*values, strict=True)))

    def bare() -> None:
        for name, kind, details in values:
            f"Write a description of {name}, mention {kind} and {details}"

    def ours() -> None:
        for _ in texts(TEMPLATE, rows, COLUMNS):
            pass

    share = seconds_for(bare) / seconds_for(ours)
    print(f"{share:.0%} of the bare loop")
    assert share >= OF_BARE_LOOP


def test_splitting_a_column_keeps_the_rate() -> None:
    values = [(f"Paracetamol {n}", f"Generic Drug {n % 30}", f"tablets {n % 7},syrup") for n in range(PROMPTS // 2)]
    rows = Rows(tuple(Cells.of(column) for column in zip(*values, strict=True)))

    def bare() -> None:
        for name, kind, cell in values:
            for details in cell.split(","):
                f"Write a description of {name}, mention {kind} and {details}"

    def ours() -> None:
        for _ in texts(TEMPLATE, rows, COLUMNS, {"Details": ","}):
            pass

    share = seconds_for(bare) / seconds_for(ours)
    print(f"{share:.0%} of the bare loop")
    assert share >= OF_BARE_LOOP
