"""`tunesmith doctor`: what is well is said to be, and what is not is named with its remedy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cli import Said, Tunesmith
from tests.support.engine import Engine, scripted_engine
from tests.support.workspace import Workspace, visit

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
TOML = """
[providers.lab]
base_url = "{url}"
profile = "tunesmith-engine"
[models."{model}"]
provider = "lab"
[defaults]
generate = "{model}"
tune = "{model}"
"""


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with scripted_engine(tmp_path / "engine") as running:
        yield running


@pytest.fixture
def set_up(home: Path, database: Path, slack: Workspace, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything set as it should be."""
    (home / "tunesmith.toml").write_text(TOML.format(url=engine.url, model=engine.model))
    point_at(slack, monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", engine.token)
    return home


def point_at(slack: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", slack.api_url)
    monkeypatch.setenv("SLACK_BOT_TOKEN", slack.bot_token)
    monkeypatch.setenv("SLACK_APP_TOKEN", slack.app_token)


async def asked(tunesmith: Tunesmith, *arguments: str) -> Said:
    """Beside the servers of this process."""
    return await asyncio.to_thread(tunesmith, "doctor", *arguments)


async def found(tunesmith: Tunesmith) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code, and the findings by what was checked; checks that the shape is the contract's."""
    said = await asked(tunesmith, "--json")
    assert said.out.count("\n") == 1
    answer = json.loads(said.out)
    assert set(answer) >= {"ok", "findings", "problem"} and answer["problem"] is None
    assert all(set(finding) >= {"check", "ok", "message", "fix"} for finding in answer["findings"])
    assert answer["ok"] == all(finding["ok"] for finding in answer["findings"]) == (said.code == 0)
    return said.code, {finding["check"]: finding for finding in answer["findings"]}


async def test_where_all_is_well_every_check_says_so(tunesmith: Tunesmith, set_up: Path, engine: Engine) -> None:
    code, findings = await found(tunesmith)

    ours = {check: finding for check, finding in findings.items() if check != "engine.pytorch"}
    assert set(ours) == {
        "slack.bot_token", "slack.app_token", "slack.policy", "slack.auth", "slack.scopes", "database", "provider.lab",
        f"model.{engine.model}",
    }  # fmt: skip
    assert all(finding["ok"] and not finding["fix"] for finding in ours.values()), ours
    assert code == 0 or not findings["engine.pytorch"]["ok"]
    assert findings["slack.scopes"]["message"] == "all there" and findings["database"]["message"] == "up to date"


async def test_a_missing_scope_is_named_with_the_way_to_get_it(
    tunesmith: Tunesmith, set_up: Path, workspace_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"]["bot"].remove("files:write")
    narrow = set_up / "narrow.yml"
    narrow.write_text(yaml.safe_dump(manifest))
    async with visit(workspace_server, narrow) as slack:
        point_at(slack, monkeypatch)
        code, findings = await found(tunesmith)

    assert code == 1 and findings["slack.auth"]["ok"]
    assert (findings["slack.scopes"]["ok"], findings["slack.scopes"]["message"]) == (False, "missing files:write")
    assert "reinstall the app" in findings["slack.scopes"]["fix"]


async def test_a_token_that_slack_refuses_is_told_apart_from_one_that_looks_wrong(
    tunesmith: Tunesmith, set_up: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-another-app")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xoxb-pasted-into-the-wrong-place")

    code, findings = await found(tunesmith)

    assert code == 1 and findings["slack.bot_token"]["ok"]
    assert findings["slack.auth"]["message"] == "Slack says invalid_auth" and findings["slack.auth"]["fix"]
    assert findings["slack.app_token"]["message"] == "does not look like one"
    assert "connections:write" in findings["slack.app_token"]["fix"]


async def test_a_wrong_key_is_explained(tunesmith: Tunesmith, set_up: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")

    code, findings = await found(tunesmith)

    assert code == 1 and not findings["provider.lab"]["ok"]
    assert "key" in findings["provider.lab"]["message"].lower() and findings["provider.lab"]["fix"]
    assert "sk-of-somebody-else" not in json.dumps(findings)


async def test_a_model_that_the_provider_does_not_list_is_named(tunesmith: Tunesmith, set_up: Path) -> None:
    toml = (set_up / "tunesmith.toml").read_text().replace("[defaults]\ngenerate = ", '[defaults]\ngenerate = "gone" #')
    (set_up / "tunesmith.toml").write_text(toml)

    said = await asked(tunesmith)

    assert said.code == 1
    assert "✗ model.gone: the provider does not list it" in said.out
    assert "Choose another one under [defaults] in tunesmith.toml." in said.out


async def test_with_nothing_set_up_every_finding_says_what_to_do(tunesmith: Tunesmith, home: Path) -> None:
    code, findings = await found(tunesmith)

    wrong = {check for check, finding in findings.items() if not finding["ok"]}
    assert code == 1
    assert wrong >= {"slack.bot_token", "slack.app_token", "slack.policy", "provider.default"}
    assert all(findings[check]["fix"] for check in wrong)
    assert findings["database"]["ok"] and "serve will see to it" in findings["database"]["message"]
