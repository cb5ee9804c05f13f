"""Settings as an incident keeps them: nothing is left to the environment, and no secret is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sre_agent.errors import SettingsError
from sre_agent.incident_settings import from_json, place, resolve_environment, to_json
from sre_agent.settings import KubernetesSettings, Settings, load

SECRET = "made-up-for-this-test-4711"
SERVER = {"reader": "awslabs_cloudwatch", "scope": "1/eu-west-1", "command": ["serve"]}


def nowhere(cluster: KubernetesSettings) -> tuple[str, str]:
    return cluster.kube_context or f"current-of-{Path(cluster.kubeconfig).name}", "the-cluster"


def with_server(**changed: Any) -> Settings:
    return load(environment={}, foreign_servers={"cloudwatch": SERVER | changed})


def test_a_secret_of_a_foreign_server_is_not_kept_and_comes_again_from_where_it_came() -> None:
    settings = with_server(environment={"API_TOKEN": SECRET, "PLAIN": "also-not-kept"})
    body = to_json(settings)
    assert SECRET not in body and "also-not-kept" not in body
    assert from_json(body, settings, incident="inc-1").servers == settings.servers
    with pytest.raises(SettingsError) as missing:
        from_json(body, Settings(), incident="inc-1")
    setting = "Incident inc-1 was started with foreign_servers.cloudwatch.environment.API_TOKEN"
    assert str(missing.value).startswith(setting) and "SRE_AGENT_FOREIGN_SERVERS" in str(missing.value)


def test_a_profile_that_is_still_there_gives_back_what_was_not_kept(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(
        '[foreign_servers.cloudwatch]\nreader = "awslabs_cloudwatch"\nscope = "1/eu-west-1"\ncommand = ["serve"]\n'
        f'environment = {{ API_TOKEN = "{SECRET}" }}\n'
    )
    settings = resolve_environment(load(str(profile), environment={}), nowhere)
    body = to_json(settings)
    assert SECRET not in body
    assert from_json(body, Settings(), incident="inc-1").servers == settings.servers


@pytest.mark.parametrize("name", ["prometheus_url", "aws_endpoint_url", "model_endpoint_url"])
def test_a_password_in_an_address_is_not_kept(name: str) -> None:
    settings = load(environment={}, **{name: f"https://reader:{SECRET}@example.com/api"})
    assert SECRET not in to_json(settings)
    assert from_json(to_json(settings), settings, incident="inc-1").value(name) == settings.value(name)


def test_a_secret_on_a_command_line_is_not_kept() -> None:
    settings = with_server(command=["serve", f"--token={SECRET}"])
    assert SECRET not in to_json(settings)
    assert from_json(to_json(settings), settings, incident="inc-1") == settings


def test_what_the_environment_says_is_settled_when_settings_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "here/config")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_PROFILE", "reader")
    settings = load(environment={}, runbook_folders=("runbooks",), write_kubeconfig="writer/config")
    resolution = resolve_environment(settings, nowhere)
    assert resolution.kubernetes.kubeconfig == str(tmp_path / "here/config")
    assert (resolution.kubernetes.kube_context, resolution.kubernetes.cluster) == ("current-of-", "the-cluster")
    assert (resolution.aws.aws_region, resolution.aws.aws_profile) == ("eu-west-1", "reader")
    assert resolution.runbooks.runbook_folders == (tmp_path / "runbooks",)
    assert resolution.writing.write_kubeconfig == str(tmp_path / "writer/config")
    assert resolution.writing.write_kube_context == "current-of-config", (
        "the writer's own current context, not the reader's"
    )
    assert resolution.policy.policies == "default", "a shipped set goes by its name"
    monkeypatch.setenv("AWS_PROFILE", "another")
    assert resolve_environment(resolution, nowhere) == resolution


def test_where_a_process_keeps_things_is_its_own_affair(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "then", operator="ada", lease_seconds=7, approval_seconds=99)
    now = Settings(state_dir=tmp_path / "now", operator="bob")
    again = from_json(to_json(settings), now, incident="inc-1")
    assert again.state == now.state
    assert (again.approvals.operator, again.approvals.approval_seconds) == ("bob", 99)
    assert to_json(again) == to_json(settings), "handled with the same servers, allowlists and policies"


def test_settings_that_look_elsewhere_are_of_another_place() -> None:
    here = Settings(kubeconfig="/a", kube_context="one")
    assert place(here) == place(here.model_copy(update={"writes": True, "model": "bedrock"}))
    for field in ("kubeconfig", "kube_context", "eks", "aws_region", "aws_profile", "aws_endpoint_url"):
        assert place(here) != place(here.model_copy(update={field: "x"}))


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"settings": {}, "withheld": [["nothing", "there"]]}'])
def test_a_row_that_is_none_is_told_in_words(body: str) -> None:
    with pytest.raises(SettingsError, match=r"inc-1"):
        from_json(body, Settings(), incident="inc-1")


def test_a_row_says_nothing_of_whether_a_state_folder_may_be_trusted() -> None:
    body = json.loads(to_json(Settings(state_dir_trusted=True)))
    assert "state_dir_trusted" not in body["settings"]
    body["settings"]["state_dir_trusted"] = True
    assert not from_json(json.dumps(body), Settings(), incident="inc-1").state.state_dir_trusted
