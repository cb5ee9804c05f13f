"""What operators ask of policies by command, and the pause that stops another process."""

from __future__ import annotations

import json
import multiprocessing
import time
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sre_agent.cli import exits
from sre_agent.cli.main import app
from sre_agent.policy.pause import current_pause, pause

KNOWN = ("namespace=shop", "confidence=0.93", "template_ran=true", "has_undo=true", "workloads=4", "failing=1")
EXPECTATIONS = """
- name: a bad rollout is undone
  action: {tool: kubectl_rollout_undo, namespace: shop, confidence: 0.95, template_ran: true, has_undo: true,
    workloads: 3, failing: 1}
  verdict: allow
  policies: [undo-a-bad-rollout]
  level: autonomous
- name: in mass failure a person is asked
  action: {tool: kubectl_rollout_undo, namespace: shop, confidence: 0.95, template_ran: true, has_undo: true,
    workloads: 5, failing: 4}
  verdict: approve
  limit: brake
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def policy(*words: str) -> Result:
    return CliRunner().invoke(app, ["policy", *words])


def explain(tool: str, *facts: str, policies: str = "demo") -> Result:
    options = [word for fact in facts for word in ("--fact", fact)]
    return policy("explain", tool, *options, "--policies", policies, "--json")


@pytest.mark.parametrize(
    ("tool", "facts", "policies", "verdict", "status"),
    [
        ("kubectl_rollout_undo", KNOWN, "demo", "allow", exits.OK),
        ("kubectl_rollout_undo", KNOWN, "default", "approve", exits.WAITING),
        ("kubectl_scale", ("namespace=kube-system", "confidence=0.9"), "default", "deny", exits.ESCALATED),
    ],
    ids=["allow", "approve", "deny"],
)
def test_explain_says_the_verdict_also_by_its_status(
    tool: str, facts: tuple[str, ...], policies: str, verdict: str, status: int, tmp_path: Path
) -> None:
    done = explain(tool, *facts, policies=policies)
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (status, verdict)
    assert not (tmp_path / ".sre-agent").exists(), "who only asks makes no state folder"


def test_explain_names_limits_with_what_the_policies_say_by_themselves(tmp_path: Path) -> None:
    pause(tmp_path / ".sre-agent", "ada", datetime(2026, 1, 1, tzinfo=UTC))
    explanation = json.loads(explain("kubectl_rollout_undo", *KNOWN).stdout)
    assert (explanation["verdict"], explanation["by_policy"], explanation["level"]) == ("deny", "allow", "autonomous")
    assert [limit["kind"] for limit in explanation["limits"]] == ["paused"]
    assert explanation["context"]["confidence"] == 93 and explanation["context"]["replicas"] == 1_000_000_000


def test_a_fact_that_there_is_not_is_answered_with_those_there_are() -> None:
    done = CliRunner().invoke(app, ["policy", "explain", "kubectl_scale", "--fact", "confidense=1"])
    assert done.exit_code != exits.OK and "confidense" in str(done.exception)
    assert "failure_class" in str(done.exception)


def test_expectations_of_an_operator_hold_or_are_told_with_the_difference(tmp_path: Path) -> None:
    file = tmp_path / "expectations.yaml"
    file.write_text(EXPECTATIONS)
    assert policy("test", str(file), "--policies", "demo").exit_code == exits.OK
    differs = policy("test", str(file), "--policies", "default", "--json")
    first, second = json.loads(differs.stdout)
    assert differs.exit_code == exits.ESCALATED and not first["holds"] and second["holds"]
    assert first["differences"][0].startswith("allow was expected, it is approve: Approval needed")
    file.write_text("")
    assert policy("test", str(file)).exit_code == exits.UNANSWERED


def test_levels_are_shown_by_rule_and_for_one_namespace(tmp_path: Path) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text("levels: [{namespace: 'prod-*', level: recommend}, {labels: {tier: low}, level: autonomous}]")
    levels = json.loads(policy("levels", "--limits", str(file), "--json").stdout)
    assert levels["default"] == "approve" and [rule["level"] for rule in levels["rules"]] == ["recommend", "autonomous"]
    one = policy("levels", "prod-eu", "--label", "tier=low", "--limits", str(file)).stdout
    assert one == "prod-eu: recommend (rule 1)\n"


def _writes_until_paused(folder: Path, started: Event) -> None:
    """As a run does: it looks at the pause before each write. The file tells when the last write began."""
    while current_pause(folder) is None:
        (folder / "last").write_text(str(time.time()))
        started.set()
    (folder / "stopped").touch()


def test_a_pause_stops_the_next_write_of_another_process_at_once(tmp_path: Path) -> None:
    folder, started = tmp_path / ".sre-agent", multiprocessing.get_context("spawn").Event()
    folder.mkdir(mode=0o700)
    writer = multiprocessing.get_context("spawn").Process(target=_writes_until_paused, args=(folder, started))
    writer.start()
    assert started.wait(30)
    assert CliRunner().invoke(app, ["pause", "--reason", "migration"]).exit_code == exits.OK
    paused_at = time.time()
    writer.join(30)
    assert (folder / "stopped").exists()
    assert float((folder / "last").read_text()) <= paused_at, "no write begins after the command has returned"
    assert CliRunner().invoke(app, ["unpause"]).exit_code == exits.OK
    assert current_pause(folder) is None
