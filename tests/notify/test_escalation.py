"""Who is told and when is data: the shipped file, and one of an operator's own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sre_agent.errors import SettingsError
from sre_agent.notify.escalation import load_escalation
from tests.cli.test_cli import COMMAND
from tests.notify.receiving import receiver


def test_the_shipped_levels_rise_with_the_time_and_with_what_is_at_stake() -> None:
    policy = load_escalation(None)
    assert [policy.role(level) for level in (1, 2, 3)] == ["on-call", "owning team", "incident commander"]
    waits = [policy.waits(severity) for severity in ("SEV1", "SEV2", "SEV3", "SEV4")]
    assert all(steps[0] == (1, 0) for steps in waits), "the on-call is told at once"
    assert [len(steps) for steps in waits] == [3, 3, 2, 1]
    assert waits[0][2][1] < waits[1][2][1], "the more severe, the sooner"
    assert policy.end_level("SEV1", "verification_failed") == 3 > policy.end_level("SEV3", "verification_failed") == 1


def test_an_own_file_says_where_each_level_is_told(tmp_path: Path) -> None:
    file = tmp_path / "escalation.yaml"
    file.write_text(
        "levels:\n  - {level: 1, role: on-call}\n  - {level: 2, role: team, channels: ['slack:#payments']}\n"
        "unanswered: {SEV1: {1: 0, 2: 60}}\n"
    )
    policy = load_escalation(file)
    assert policy.channels(1, ("pagerduty",)) == ["pagerduty"], "those of the setting"
    assert policy.channels(2, ("pagerduty",)) == ["slack:#payments"]
    assert policy.waits("SEV4") == [] and policy.end_level("SEV1", "fixed") == 0
    file.write_text("levels: [{level: 1, role: on-call}]\nunanswered: {SEV1: {2: 60}}\n")
    with pytest.raises(SettingsError, match="levels"):
        load_escalation(file)


def test_a_test_message_is_sent_from_the_command_line(tmp_path: Path) -> None:
    with receiver() as there:
        secrets = {"webhook": f"{there.url}/made-up", "webhook:away": "http://127.0.0.1:9/made-up"}
        environment = os.environ | {
            "SRE_AGENT_NOTIFY": "webhook,webhook:away",
            "SRE_AGENT_NOTIFY_SECRETS": json.dumps(secrets),
        }
        process = subprocess.run(
            [*COMMAND, "notify", "test", "--json"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    rows = {one["channel"]: one["error"] for one in json.loads(process.stdout)}
    assert process.returncode == 1 and rows["webhook"] == "" and "could not be reached" in rows["webhook:away"]
    assert there.requests[0].json["state"] == "test"
    assert "made-up" not in process.stdout + process.stderr
