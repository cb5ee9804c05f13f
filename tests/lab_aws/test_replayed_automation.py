"""`sre-agent replay` of an Automation document over recorded answers of AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli.main import app

from .runbooks import sleep, step

Json = dict[str, Any]
TABLE = {"Service": "rds", "Api": "DescribeDBInstances", "PropertySelector": "$.DBInstances[0].DBInstanceStatus"}
WAIT = step("ready", "aws:waitForAwsResourceProperty", {**TABLE, "DesiredValues": ["available"]}, timeoutSeconds=60)
REBOOT = step("reboot", "aws:executeAwsApi", {"Service": "rds", "Api": "RebootDBInstance", "DBInstanceIdentifier": "d"})
RESTART = [
    step("off", "aws:changeInstanceState", {"InstanceIds": "{{ Ids }}", "DesiredState": "stopped"}),
    step("on", "aws:changeInstanceState", {"InstanceIds": "{{ Ids }}", "DesiredState": "running"}),
]
IDS = {"parameters": {"Ids": {"type": "StringList"}}}


def replay(tmp_path: Path, *steps: Json, approve: str = "never", inputs: Json | None = None, **recording: Any) -> Json:
    more = IDS if inputs else {}
    content = {"schemaVersion": "0.3", "mainSteps": list(steps), **more}
    world = {"schema": "sre-world/1", "clock": "2025-07-15T12:00:00Z", "ssm": recording}
    trigger = {"type": "automation", "document": "d.json", "inputs": inputs or {}}
    for name, body in (("d.json", content), ("world.json", world), ("trigger.json", trigger)):
        (tmp_path / name).write_text(json.dumps(body))
    out = tmp_path / "out.json"
    command = ["replay", str(tmp_path / "world.json"), "--trigger", str(tmp_path / "trigger.json")]
    done = CliRunner().invoke(app, [*command, "--approve", approve, "--out", str(out)])
    assert done.exit_code == 0, done.output
    result: Json = json.loads(out.read_text())
    return result


def steps_of(result: Json) -> list[tuple[str, str]]:
    return [(s["step"], s["status"]) for s in result["steps"]]


def test_successive_answers_are_given_one_after_the_other(tmp_path: Path) -> None:
    answers = {"DescribeDBInstances": ["rebooting", "modifying", "available"]}
    result = replay(tmp_path, REBOOT, WAIT, aws_responses=answers)
    assert (result["schema"], result["final_status"]) == ("sre-result/1", "Success")
    assert steps_of(result) == [("reboot", "Success"), ("ready", "Success")]
    assert [c["api"] for c in result["steps"][1]["calls"]] == ["rds:DescribeDBInstances"] * 3


@pytest.mark.parametrize(
    ("answers", "status", "last"),
    [
        ({"DescribeDBInstances": "stopped"}, "TimedOut", ("ready", "TimedOut")),
        ({"rds:reboot_db_instance": {"__error": "InvalidDBInstanceState"}}, "Failed", ("reboot", "Failed")),
        (
            {"DescribeDBInstances": {"DBInstances": [{"DBInstanceStatus": "available"}]}},
            "Success",
            ("ready", "Success"),
        ),
    ],
)
def test_the_execution_ends_as_the_answers_make_it(tmp_path: Path, answers: Json, status: str, last: Any) -> None:
    result = replay(tmp_path, REBOOT, WAIT, sleep("rest", "P1D"), aws_responses=answers)
    assert result["final_status"] == status
    assert steps_of(result)[-1] == (last if status != "Success" else ("rest", "Success"))
    if status == "Failed":
        assert "InvalidDBInstanceState" in result["steps"][-1]["failure"]


@pytest.mark.parametrize("answers", [{}, {"DescribeInstanceStatus": "stopped then running"}])
def test_instances_follow_what_was_asked_of_them(tmp_path: Path, answers: Json) -> None:
    result = replay(tmp_path, *RESTART, inputs={"Ids": ["i-1"]}, aws_responses=answers)
    assert (result["final_status"], steps_of(result)) == ("Success", [("off", "Success"), ("on", "Success")])
    assert [c["api"] for c in result["steps"][0]["calls"]] == ["ec2:StopInstances", "ec2:DescribeInstanceStatus"]


ASK = step("ask", "aws:approve", {"Approvers": ["any"], "MinRequiredApprovals": 1}, timeoutSeconds=600)


@pytest.mark.parametrize(
    ("approve", "recording", "status"),
    [
        ("always", {}, "Success"),
        ("never", {}, "Failed"),
        ("never", {"approval": "approved"}, "Success"),
        ("always", {"approval": "rejected"}, "Failed"),
        ("always", {"approval": "timeout"}, "TimedOut"),
    ],
)
def test_an_approval_is_answered_as_recorded_else_as_the_caller_says(
    tmp_path: Path, approve: str, recording: Json, status: str
) -> None:
    assert replay(tmp_path, ASK, approve=approve, **recording)["final_status"] == status


def test_a_document_that_cannot_run_is_refused_with_its_actions(tmp_path: Path) -> None:
    result = replay(tmp_path, step("fix", "aws:executeScript", {"Script": "x.delete_volume()"}))
    assert (result["final_status"], result["steps"], result["impact"]) == ("Refused", [], "destructive")
    assert "'fix' has the action 'aws:executeScript'" in result["refused"]


def test_a_document_of_no_good_form_is_bad_input(tmp_path: Path) -> None:
    replay(tmp_path, sleep("nap"))
    (tmp_path / "d.json").write_text('{"schemaVersion": "0.3"}')
    command = ["replay", str(tmp_path / "world.json"), "--trigger", str(tmp_path / "trigger.json")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code != 0
    assert "mainSteps" in done.output + str(done.exception)
