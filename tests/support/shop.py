"""The bot on the local workspace with the real engine's wire behind it, and a shop whose texts are decided on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.app import models_of, open_providers
from bot.config import Defaults, ModelSettings, Settings
from bot.deps import Deps
from bot.domain.people import Actor
from storage.engine import Database
from tests.support.bot import bot_on, deps_on, settings_for
from tests.support.engine import Engine, ScriptedModel, ScriptedTrainer, scripted_engine
from tests.support.workspace import Workspace

ANA = Actor("T0LOCAL", "U0ANA", name="Ana Ruiz")


def settings_on(engine: Engine, slack: Workspace, home: Path) -> Settings:
    """Settings with the engine as the only provider and its model for everything."""
    prices = ModelSettings(provider="lab", input_usd=1.0, output_usd=2.0, training_usd=3.0, notice="Learning model.")
    changed = {
        "openai_api_key": SecretStr(engine.token),
        "models": {engine.model: prices},
        "defaults": Defaults(generate=engine.model, tune=engine.model),
    }
    return settings_for(slack, home, base_url=engine.url).model_copy(update=changed)


@asynccontextmanager
async def bot_with_engine(
    slack: Workspace,
    db: Database,
    home: Path,
    *,
    trainer: ScriptedTrainer | None = None,
    model: ScriptedModel | None = None,
) -> AsyncIterator[tuple[Deps, Engine]]:
    """The running bot; nothing in it knows that provider and workspace are ours."""
    async with scripted_engine(home / "engine", model, trainer) as engine, deps_on(slack, db, home) as made:
        settings = settings_on(engine, slack, home)
        providers = open_providers(settings)
        deps = replace(made, settings=settings, models=models_of(settings), providers=providers)
        try:
            async with bot_on(deps, slack):
                yield deps, engine
        finally:
            await providers.close()
