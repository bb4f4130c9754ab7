"""How things are called: ids, and the names under which models are served. Pure but for the randomness of new ids."""

import re
import secrets
from pathlib import PurePosixPath

SUFFIX_LIMIT = 64
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_id(prefix: str) -> str:
    """A fresh id such as `ftjob-3f9a...`; long enough never to meet another."""
    return f"{prefix}-{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


def wire_name(model: str) -> str:
    """What clients call a base model given as a directory or as `owner/name`: its last part, in lower case."""
    last = PurePosixPath(model.replace("\\", "/")).name
    return _plain(last) or "model"


def clean_suffix(suffix: str) -> str:
    """The part of a tuned model's name that its owner chose, as it can stand in a name."""
    return _plain(suffix)[:SUFFIX_LIMIT].strip("-")


def tuned_name(base: str, suffix: str | None, job_id: str) -> str:
    """The name of what a job makes: `ft:<base>:local:<suffix>:<end of the job's id>`."""
    return f"ft:{base}:local:{suffix or ''}:{job_id[-8:]}"


def checkpoint_name(tuned: str, step: int) -> str:
    """The name of a tuned model as it was after `step` steps."""
    return f"{tuned}:ckpt-step-{step}"


def split_checkpoint(name: str) -> tuple[str, int | None]:
    """A model's name without its checkpoint, and the checkpoint's step if there is one."""
    match = re.fullmatch(r"(.+):ckpt-step-(\d{1,9})", name)
    return (match[1], int(match[2])) if match else (name, None)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.")
