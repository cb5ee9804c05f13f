"""What cannot begin is told before anything is opened: in one message, by this verb's own options; nothing is left."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sre_agent.cli.investigate import investigate
from sre_agent.cli.options import options_of
from sre_agent.errors import SettingsError
from sre_agent.preflight import VerbOptions, check
from sre_agent.settings import Settings, load
from tests.cli.kubeconfigs import kubeconfig
from tests.cli.test_cli import COMMAND

BARE = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
CPU_SECONDS = 2.0
ALERT = {
    "version": "4",
    "status": "firing",
    "alerts": [{"status": "firing", "labels": {"alertname": "Down", "namespace": "shop", "deployment": "web"}}],
}


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BARE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's empty home, so that nothing of this machine is found."""
    there = tmp_path / "home"
    there.mkdir()
    monkeypatch.setenv("HOME", str(there))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return there


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["investigate", "web-5xx", "--kubeconfig", "good"], ["No AWS credentials", "--aws-profile", "--aws-region"]),
        (["investigate", "web in shop fails", "--kubeconfig", "nowhere"], ["no kubeconfig nowhere", "--kubeconfig"]),
        (["investigate", "web in shop fails", "--kubeconfig", "broken"], ["kubeconfig broken", "YAML"]),
        (
            ["investigate", "web in shop", "--kubeconfig", "good", "--context", "prd"],
            ["'prd'", "mean prod", "--context"],
        ),
        (["investigate", "web in shop", "--kubeconfig", "good", "--aws-profile", "x"], ["'x'", "--aws-profile"]),
        (["investigate", "web in shop", "--kubeconfig", "good", "--prometheus-url", "prom:9"], ["--prometheus-url"]),
        (["investigate", "web in shop", "--kubeconfig", "good", "--model", "gpt-9"], ["gpt-9", "openai:gpt-5"]),
        (
            ["investigate", "web in shop", "--kubeconfig", "good", "--model", "groq:x"],
            ["langchain-groq", "pip install"],
        ),
        (["investigate", "web in shop"], ["No kubeconfig", "--kubeconfig", "No AWS credentials"]),
        (["sweep", "--kubeconfig", "nowhere"], ["no kubeconfig nowhere", "--kubeconfig"]),
        (["sweep"], ["No kubeconfig", "--kubeconfig"]),
        (["chat", "what is wrong", "--kubeconfig", "good", "--context", "prd"], ["'prd'", "--context"]),
        (["chat", "what is wrong", "--lab", "payday-evening", "--model", "gpt-9"], ["gpt-9"]),
        (["demo", "--model", "gpt-9"], ["gpt-9", "--model"]),
    ],
)
def test_what_is_missing_is_told_in_little_time_and_no_incident_is_left(
    words: list[str], says: list[str], tmp_path: Path, home: Path, no_aws: None
) -> None:
    kubeconfig(tmp_path, name="good")
    (tmp_path / "broken").write_text("clusters: [", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, timeout=100)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1, done.stderr
    assert all(sentence in done.stderr for sentence in says), done.stderr
    assert "Traceback" not in done.stderr and " --profile" not in done.stderr and done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == before, "nothing is left behind"
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < CPU_SECONDS


def test_an_unknown_word_for_approval_is_wrong_usage(tmp_path: Path) -> None:
    words = ["investigate", "web in shop fails", "--approve", "maybe"]
    done = subprocess.run([*COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and "maybe" in done.stderr and list(tmp_path.iterdir()) == []


def test_who_has_kubernetes_alone_may_run_and_is_told_what_is_left_out(
    tmp_path: Path, home: Path, no_aws: None
) -> None:
    (tmp_path / "alert.json").write_text(json.dumps(ALERT), encoding="utf-8")
    words = ["investigate", "alert.json", "--kubeconfig", str(kubeconfig(tmp_path)), "--json"]
    done = subprocess.run([*COMMAND, *words], cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 3, done.stderr
    notes = [line for line in done.stderr.splitlines() if "left out" in line]
    assert len(notes) == 1 and "CloudWatch and Systems Manager" in notes[0] and "--aws-profile" in notes[0]
    gaps = [gap["text"] for gap in json.loads(done.stdout)["gaps"]]
    assert len([text for text in gaps if "No AWS credentials" in text]) == 2, gaps
    last_run = json.loads((tmp_path / ".sre-agent/last-run.json").read_text(encoding="utf-8"))
    assert set(last_run["left_out"]) == {"cloudwatch", "ssm"}


def test_a_credential_plugin_has_to_be_there_and_is_not_started(tmp_path: Path, home: Path) -> None:
    ran = tmp_path / "ran"
    plugin = tmp_path / "sign-in"
    plugin.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    plugin.chmod(0o700)
    there = kubeconfig(tmp_path, user={"exec": {"command": str(plugin), "apiVersion": "v1"}})
    check(Settings(kubeconfig=str(there)), VerbOptions())
    assert not ran.exists()
    hint = "Install the\nsign-in tool."
    config_file = kubeconfig(tmp_path, name="gone", user={"exec": {"command": "no-such-plugin", "installHint": hint}})
    with pytest.raises(SettingsError, match=r"'no-such-plugin'.*Install the sign-in tool"):
        check(Settings(kubeconfig=str(config_file)), VerbOptions())


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"policies": "nowhere"}, "no policies 'nowhere'"),
        ({"runbook_folders": (Path("gone"),)}, "no folder of runbooks 'gone'"),
        ({"failure_folders": (Path("gone"),)}, "no folder of failure classes 'gone'"),
        ({"entity_map": Path("gone")}, "no entity map 'gone'"),
        ({"xray_address": "daemon"}, "'daemon' is not the address of an X-Ray daemon"),
        ({"aws_endpoint_url": "localhost:4566"}, "SRE_AGENT_AWS_ENDPOINT_URL"),
        ({"model": "scripted:gone.yaml"}, "gone.yaml"),
        ({"model": "nobody:x"}, "nobody:x"),
    ],
)
def test_what_settings_name_has_to_be_there(fields: dict[str, Any], says: str, tmp_path: Path, home: Path) -> None:
    settings = load(kubeconfig=str(kubeconfig(tmp_path)), **fields)
    with pytest.raises(SettingsError) as error:
        check(settings, VerbOptions())
    assert says in str(error.value)


def test_several_kubeconfigs_are_read_together_as_kubectl_reads_them(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", kubeconfig(tmp_path, name="second")
    first.write_text("current-context: prod\n", encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(first), str(tmp_path / "gone"), str(second)]))
    check(Settings(), VerbOptions())
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "gone"))
    with pytest.raises(SettingsError, match="KUBECONFIG names"):
        check(Settings(), VerbOptions())


@pytest.mark.parametrize(
    "profile_lines", ["role_arn = arn:aws:iam::1:role/x\nsource_profile = default", "sso_session = work"]
)
def test_credentials_that_somebody_has_to_grant_are_not_asked_for(
    profile_lines: str, tmp_path: Path, home: Path, no_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "aws"
    config.write_text(f"[profile work]\nregion = eu-west-1\n{profile_lines}\n[sso-session work]\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    ready = check(Settings(kubeconfig=str(kubeconfig(tmp_path)), aws_profile="work"), VerbOptions(), needs=["aws"])
    assert ready.notes == () and ready.settings.servers.left_out == {}


def test_the_options_that_are_named_are_those_of_the_verb() -> None:
    assert options_of(investigate).to_give("kube_context", "NAME") == "--context NAME"
    assert VerbOptions().to_give("aws_region", "REGION") == "SRE_AGENT_AWS_REGION=REGION"


@pytest.mark.parametrize("aws_profile", ["", "of-milan"])
def test_of_several_clusters_none_needs_aws_and_the_credentials_of_one_are_looked_at_where_it_is_meant(
    home: Path, no_aws: None, aws_profile: str
) -> None:
    entry = {"kubeconfig": str(home / "config"), "aws_profile": aws_profile}
    settings = Settings(clusters={"milan": entry, "turin": {"kubeconfig": str(home / "config")}})
    outcome = check(settings, VerbOptions(), needs=["kubernetes"])
    assert sorted(outcome.settings.servers.left_out) == ([] if aws_profile else ["cloudwatch", "ssm"])
