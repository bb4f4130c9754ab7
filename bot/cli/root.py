"""The root of the `tunesmith` command: every group and command, and where its errors end."""

from __future__ import annotations

import sys

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.cli import care, catalog_add, dataset, demo, doctor, prompts, serve, stand_ins
from bot.cli.audit import audit_app
from bot.cli.generate import generate
from bot.cli.money import money
from bot.cli.tune import tune_app
from bot.errors import BotError

PROBLEM = 1
INTERRUPTED = 130


def build() -> typer.Typer:
    app = typer.Typer(
        name="tunesmith",
        help="Teach a language model your catalog and your voice.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.command()(demo.demo)
    app.command()(serve.serve)
    app.command()(doctor.doctor)
    app.command()(generate)
    app.command()(money)
    app.add_typer(audit_app)
    app.add_typer(catalog_add.catalog_app)
    app.add_typer(dataset.dataset_app)
    app.add_typer(prompts.prompts_app)
    app.add_typer(tune_app)
    stand_ins.add_to(app)
    care.add_to(app)
    return app


def run() -> None:
    """Run the command line; people read a sentence, not a traceback."""
    try:
        build()(standalone_mode=True)
    except BotError as error:
        _explain(str(error))
        sys.exit(PROBLEM)
    except ValidationError as error:
        _explain(_settings_problem(error))
        sys.exit(PROBLEM)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _explain(sentence: str) -> None:
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(sentence, style="red")


def _settings_problem(error: ValidationError) -> str:
    """What is wrong in the settings, without the value, which may be a secret."""
    wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
    return f"The settings cannot be used: {'; '.join(wrong)}. Mend them in the environment, .env or tunesmith.toml."
