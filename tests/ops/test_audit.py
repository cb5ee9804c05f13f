"""What `ops audit` finds on this machine and in the settings, each with what would be found in no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sre_agent.ops.checks.folder_rights import folder_faults
from sre_agent.policy import Policy, open_policy
from tests.ops.answers import serve
from tests.ops.own import BEGIN, OwnInstallation, own_installation

pytestmark = pytest.mark.anyio
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


async def test_a_fresh_installation_passes_its_audit(tmp_path: Path) -> None:
    async with own_installation(tmp_path) as own:
        report = await own.report("audit")
    assert report.verdict == "well", [one.statement for one in report.worst_first][:2]


async def test_files_that_others_may_read_or_write_are_named(tmp_path: Path) -> None:
    token = tmp_path / "token.txt"
    token.write_text("made-up", encoding="utf-8")
    token.chmod(0o644)
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    database = folder / "incidents.sqlite"
    database.touch()
    database.chmod(0o666)
    faults = folder_faults(folder)
    async with own_installation(tmp_path / "other", token_file=token) as own:
        own.installation = replace(own.installation, folder_faults=faults)
        rights = await own.result("file permissions")
    assert rights.state == "problem" and rights.statement == f"{database} may be written by others (0666)."
    assert rights.details == [f"{token} may be read by others (0644)."]


async def test_a_secret_in_the_environment_or_in_a_setting_is_named_and_never_shown(tmp_path: Path) -> None:
    variables = {
        "GITHUB_TOKEN": TOKEN,
        "HOME": "/root",
        "OLDPWD": str(tmp_path),
        "TOKEN_FILE": "secret:name",
        "X": TOKEN,
    }
    keys = {"openai": "secret:models#openai", "anthropic": TOKEN}
    async with own_installation(tmp_path, model_keys=keys) as own:
        own.installation = replace(own.installation, environment=variables)
        tokens = await own.result("secrets in plain sight")
    assert [tokens.statement, *tokens.details] == [
        "The variable GITHUB_TOKEN holds what looks like a secret.",
        "The variable X holds what looks like a secret.",
        "The setting model_keys.anthropic holds a secret itself.",
    ]
    assert TOKEN not in tokens.model_dump_json()


async def test_what_listens_or_is_asked_without_tls_is_told(tmp_path: Path) -> None:
    async with own_installation(
        tmp_path, listen_host="0.0.0.0", prometheus_url="http://prometheus.example:9090"
    ) as own:
        transport = await own.result("transport")
    assert transport.state == "problem" and "listens on 0.0.0.0" in transport.statement
    assert transport.details == ["prometheus_url is asked over plain http: prometheus.example."]


@pytest.mark.parametrize(("level", "state"), [("approve", "ok"), ("autonomous", "warning")])
async def test_unattended_writes_take_a_policy_and_an_autonomous_place(tmp_path: Path, level: str, state: str) -> None:
    async with own_installation(tmp_path, writes=True, policies="demo", level=level) as own:
        assert (await own.result("unattended writes")).state == state


def test_the_undo_of_what_was_approved_is_not_unattended_and_a_permit_of_everything_is() -> None:
    assert open_policy("default").without_approval == []
    anything = '@id("anything") permit (principal, action, resource);'
    when = "when { context.covered || true }"
    either = f'@id("either") permit (principal, action == Action::"run_unattended", resource) {when};'
    asks = '@id("asks") permit (principal, action == Action::"run_with_approval", resource);'
    assert Policy("\n".join([anything, either, asks])).without_approval == ["anything", "either"]


async def test_reach_that_nobody_used_in_a_month_is_named(tmp_path: Path) -> None:
    async with own_installation(
        tmp_path, writes=True, allow_namespaces=["shop", "stock-*"], allow_nodes=["worker-*"]
    ) as own:
        await _write(own, "shop")
        await own.event("write.intended", "inc-1", name="kubectl_cordon", arguments={"name": "worker-1"})
        assert "too few" in (await own.result("unused reach")).statement
        own.clock.move_to(BEGIN + timedelta(days=20))
        reach = await own.result("unused reach")
    assert reach.state == "warning" and reach.statement.startswith("allow_namespaces: nothing was written to stock-*")
    assert reach.details == []


async def _write(own: OwnInstallation, namespace: str) -> None:
    await own.event("write.intended", "inc-1", name="kubectl_rollout_undo", arguments={"namespace": namespace})


async def test_a_server_that_answers_without_a_token_is_told_and_one_that_refuses_is_not(tmp_path: Path) -> None:
    open_url, closed_url = serve(200), serve(401)
    servers = {"kubernetes": {"url": open_url}, "ssm": {"url": closed_url}}
    async with own_installation(tmp_path, remote_servers=servers) as own:
        result = await own.result("open servers")
    assert (result.state, result.statement, result.details) == (
        "problem", "The server kubernetes answers without a token (200).", []
    )  # fmt: skip
