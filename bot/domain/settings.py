"""What an owner can set, as the settings window shows it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.project import ProjectSettings


@dataclass(frozen=True, slots=True)
class SettingsCard:
    """A project's settings, with what they are chosen from."""

    project_id: int
    project: str
    settings: ProjectSettings
    columns: tuple[str, ...] = ()  # of its catalog
    owners: tuple[str, ...] = ()
    uploads_days: int = 0  # uploaded files are deleted after so many days; 0: never
