"""A catalog's profile as it is kept in the database, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, TypeVar

from bot.domain.catalog import Column, Feature, Folding, ListColumn, Profile, Reading, Roles, Source, Step, Verdict
from bot.domain.catalog_kinds import Kind

T = TypeVar("T")


def saved(profile: Profile) -> dict[str, Any]:
    """The profile as JSON."""
    return asdict(profile)


def restored(raw: dict[str, Any]) -> Profile:
    """The profile that `saved` made this of; keys that are unknown today are passed over."""
    return Profile(
        source=_made(Source, raw.get("source") or {"file": ""}),
        verdict=Verdict(raw.get("verdict", Verdict.ACCEPT)),
        problem=raw.get("problem"),
        rows=int(raw.get("rows", 0)),
        duplicates=int(raw.get("duplicates", 0)),
        columns=tuple(_column(one) for one in raw.get("columns", ())),
        warnings=tuple(raw.get("warnings", ())),
        roles=roles_from(raw.get("roles") or {}),
        lists=tuple(_made(ListColumn, one | {"example": tuple(one["example"])}) for one in raw.get("lists", ())),
        steps=tuple(_made(Step, one) for one in raw.get("steps", ())),
        offered=tuple(_made(Step, one) for one in raw.get("offered", ())),
        sheets=tuple(raw.get("sheets", ())),
        members=tuple(raw.get("members", ())),
        folding=_folding(raw.get("folding")),
        features=tuple(_feature(one) for one in raw.get("features", ())),
        readings=tuple(_made(Reading, one) for one in raw.get("readings", ())),
    )


def saved_roles(roles: Roles) -> dict[str, Any]:
    return asdict(roles)


def roles_from(raw: dict[str, Any]) -> Roles:
    return _made(Roles, raw)


def _column(raw: dict[str, Any]) -> Column:
    return _made(Column, raw | {"kind": Kind(raw["kind"]), "examples": tuple(raw["examples"])})


def _folding(raw: dict[str, Any] | None) -> Folding | None:
    return None if raw is None else _made(Folding, raw | {"collected": tuple(raw["collected"])})


def _feature(raw: dict[str, Any]) -> Feature:
    return _made(Feature, raw | {"columns": tuple(raw["columns"]), "example": tuple(raw["example"])})


def _made(kind: type[T], raw: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in raw.items() if name in known})
