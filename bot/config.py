"""Settings: environment over `.env` over `tunesmith.toml`. Secrets never stand in the toml file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.errors import BotError

SLACK_API = "https://slack.com/api/"
DEFAULT_PROVIDER = "default"


class ProviderSettings(BaseModel):
    """`[providers.x]`: where a model provider is, which variable holds its key, and its profile of differences."""

    model_config = ConfigDict(extra="forbid")
    base_url: str
    api_key_env: str = "OPENAI_API_KEY"
    profile: str = "compatible"
    name: str = ""  # what people call it; the table's name where empty


class ModelSettings(BaseModel):
    """`[models.y]`: prices in US dollars per million tokens, limits, and a notice shown beside every text of it."""

    model_config = ConfigDict(extra="forbid")
    provider: str = DEFAULT_PROVIDER
    input_usd: float | None = None
    output_usd: float | None = None
    training_usd: float | None = None
    hosting_usd_per_hour: float | None = None  # what serving a tuned model of it costs, where that is by the hour
    rpm: int | None = None
    tpm: int | None = None
    max_output: int | None = None  # the longest text, in tokens, that is ever asked of it
    notice: str = ""


class Defaults(BaseModel):
    """`[defaults]`: the models that a project starts with."""

    model_config = ConfigDict(extra="forbid")
    generate: str = ""
    tune: str = ""


class Retention(BaseModel):
    """`[retention]`: after how many days things are deleted; 0 means never."""

    model_config = ConfigDict(extra="forbid")
    raw_uploads_days: int = Field(default=30, ge=0)  # files as people uploaded them; what was read from them stays
    finished_projects_days: int = Field(default=0, ge=0)  # projects in which nothing happened for so long
    logs_days: int = Field(default=90, ge=0)  # events, notes and who looked at what


class Settings(BaseSettings):
    """Everything that can be set from outside."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = SLACK_API
    slack_text_for_training: Literal["yes", "no"] | None = None
    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    database_url: str = ""
    home: Path = Field(default=Path("~/.tunesmith"), alias="TUNESMITH_HOME")
    log: Literal["text", "json"] = Field(default="text", alias="TUNESMITH_LOG")
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    models: dict[str, ModelSettings] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    retention: Retention = Field(default_factory=Retention)
    budget_usd_per_month: float | None = None
    second_approver_above_usd: float | None = None  # an order that is likely to cost more takes a second yes

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls, toml_file=os.environ.get("TUNESMITH_TOML", "tunesmith.toml"))
        return init_settings, env_settings, dotenv_settings, toml

    @property
    def home_dir(self) -> Path:
        return self.home.expanduser()

    @property
    def database(self) -> str:
        """The database's address; by default a SQLite file in the home directory."""
        return self.database_url or f"sqlite:///{self.home_dir / 'tunesmith.sqlite3'}"

    @property
    def files_root(self) -> str:
        return str(self.home_dir / "files")

    @property
    def is_real_slack(self) -> bool:
        return self.slack_api_url.rstrip("/") == SLACK_API.rstrip("/")

    def provider(self, name: str) -> ProviderSettings:
        """The named provider; `default` is OPENAI_BASE_URL unless the toml file names one. Raises BotError."""
        if name in self.providers:
            return self.providers[name]
        if name == DEFAULT_PROVIDER and self.openai_base_url:
            return ProviderSettings(base_url=self.openai_base_url)
        raise BotError(
            f"No model provider named “{name}” is set up.",
            todo="Set OPENAI_BASE_URL and OPENAI_API_KEY, or add a [providers] table to tunesmith.toml.",
        )

    def provider_key(self, name: str) -> str:
        """The provider's API key out of the environment (`.env` included for OPENAI_API_KEY); may be empty."""
        variable = self.provider(name).api_key_env
        if variable == "OPENAI_API_KEY":
            return self.openai_api_key.get_secret_value()
        return os.environ.get(variable, "")

    def model(self, name: str) -> ModelSettings:
        """Settings of a model; a tuned one (`ft:base:...`) takes its base model's. Unknown models have no prices."""
        if name in self.models:
            return self.models[name]
        parts = name.split(":")
        if parts[0] == "ft" and len(parts) > 1 and parts[1] in self.models:
            return self.models[parts[1]]
        return ModelSettings(provider=self.default_provider)

    @property
    def default_provider(self) -> str:
        return next(iter(self.providers), DEFAULT_PROVIDER)
