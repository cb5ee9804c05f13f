"""The verbs of the command line, with the work done by a service at an endpoint and by an agent in AgentCore Runtime.

One service is both: the lab's AgentCore Runtime passes invocations on to it, as boto3 sends them.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from sre_agent.cli.main import app
from sre_lab.process import LabProcess, start_lab
from tests.cli.test_cli import COMMAND

ARN = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:runtime/sre-agent-x"
LIVE = f"{ARN}/runtime-endpoint/live"
TOKEN = "a-token-for-this-test-alone"
TALKS = "why is payments-api in shop not ready"
REPORTS = "payments-api in shop is not ready"
KEYS = {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab", "AWS_REGION": "eu-west-1"}


@dataclass(frozen=True)
class Served:
    lab: LabProcess
    url: str

    def environment(self, way: str) -> dict[str, str]:
        """In which the command line has the work done there."""
        if way == "endpoint":
            return {"SRE_AGENT_ENDPOINT": self.url, "SRE_AGENT_TOKEN": TOKEN}
        return {"AGENT_RUNTIME_ARN": ARN, "AWS_ENDPOINT_URL": self.lab.endpoints.aws, **KEYS}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "token").write_text(TOKEN)
    with start_lab("payday-evening", follow_wall=True, folder=folder / "lab") as lab:
        ends = lab.endpoints
        where = {"AWS_ENDPOINT_URL": ends.aws, **KEYS, "SRE_AGENT_TRACE": "none", "SRE_AGENT_RUNTIME_ROLE": "approver"}
        options = ["--kubeconfig", str(ends.kubeconfig), "--prometheus-url", ends.prometheus, "--port", "0"]
        options += ["--token-file", str(folder / "token"), "--state-dir", str(folder / "state")]
        command = [*COMMAND, "serve", *options, "--writes", "--allow-namespace", "shop"]
        env = os.environ | where
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env) as process:
            assert process.stderr is not None
            try:
                line = process.stderr.readline().decode()
                assert line.startswith("Listening on http://"), line
                assert (ready := process.stderr.readline().decode()).startswith("Ready with "), ready
                for arn in (ARN, LIVE):
                    lab.control.serve_agent(arn, line.split()[2].rstrip(";"))
                yield Served(lab, line.split()[2].rstrip(";"))
            finally:
                process.kill()


@pytest.mark.parametrize("way", ["endpoint", "runtime"])
def test_each_verb_works_with_who_does_the_work(service: Served, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment(way).items():
        monkeypatch.setenv(name, value)

    def run(*words: str, ends: int) -> Result:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == ends, (words, result.output, result.exception)
        return result

    answer = json.loads(run("chat", TALKS, "--json", ends=0).stdout)
    assert answer["outcome"] == "answered" and "payments-api" in answer["text"] and answer["evidence"]

    again = json.loads(run("chat", "is it ready", "--resume", answer["session"], "--json", ends=0).stdout)
    assert again["session"] == answer["session"] and "payments-api" in again["text"]
    sessions = json.loads(run("sessions", "list", "--json", ends=0).stdout)
    assert [one["turns"] for one in sessions if one["id"] == answer["session"]] == [2]
    assert TALKS in run("sessions", "show", answer["session"], ends=0).stdout
    assert "is deleted" in run("sessions", "forget", answer["session"], ends=0).stdout

    swept = json.loads(run("sweep", "shop", "--json", ends=3).stdout)
    assert [one["failure_class"] for one in swept["troubles"] if one["verdict"] == "cause"] == ["bad_rollout"]

    question = run("investigate", f"{REPORTS} ({way})", ends=4)
    incident = next(word for word in question.stdout.split() if word.startswith("inc-"))
    assert f"sre-agent incidents approve {incident}\n" in question.stdout
    assert "diagnosis: cause" in question.stderr and question.stderr.rstrip().endswith("asking for approval")

    output = run("incidents", "show", incident, ends=4).stdout
    assert "registry.shop.test/payments-api:1.8.2" in output and f"incidents approve {incident}" in output
    incidents = json.loads(run("incidents", "list", "--json", ends=0).stdout)
    assert incident in [one["id"] for one in incidents]

    rejected = run("incidents", "reject", incident, "--comment", "not now", ends=3)
    assert rejected.stdout.startswith("escalated/approval_denied\n")
    steps = [line.split("  ", 1)[1] for line in rejected.stderr.splitlines() if line[:1].isdigit()]
    assert steps[0].startswith("reject by") and steps[-1] == "ended escalated/approval_denied", steps
    assert "Proposed and rejected" in run("incidents", "show", incident, ends=3).stdout

    verdict = run("incidents", "grade", incident, "right", "--note", "as I thought", ends=0).stdout
    assert verdict.startswith(f"{incident}: cause (bad_rollout, ") and " graded right by " in verdict
    review = run("incidents", "postmortem", incident, ends=0).stdout
    assert review.startswith("# Post-mortem (draft): ") and "- The cause was found by evidence (" in review
    table = json.loads(run("incidents", "calibration", "--json", ends=0).stdout)
    assert [(row["group"], row["wrong"]) for row in table["by_class"]] == [("bad_rollout", 0)]


def test_an_endpoint_of_the_runtime_is_invoked_by_its_own_arn(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment("runtime").items():
        monkeypatch.setenv(name, value)
    for arn, status in ((LIVE, 0), (f"{ARN}/runtime-endpoint/other", 1)):
        monkeypatch.setenv("AGENT_RUNTIME_ARN", arn)
        assert CliRunner().invoke(app, ["incidents", "list", "--json"]).exit_code == status


def test_boto3_meets_the_runtime_s_own_contract(service: Served) -> None:
    aws = boto3.client(
        "bedrock-agentcore",
        region_name="eu-west-1",
        endpoint_url=service.lab.endpoints.aws,
        aws_access_key_id="lab",
        aws_secret_access_key="lab",
    )
    session = "a-session-of-at-least-33-characters"

    def invoke(payload: object, **header: str) -> dict[str, object]:
        request = {"agentRuntimeArn": ARN, "runtimeSessionId": session} | header
        return dict(aws.invoke_agent_runtime(payload=json.dumps(payload).encode(), **request))

    whole = invoke({"prompt": TALKS})
    assert (whole["runtimeSessionId"], whole["contentType"]) == (session, "application/json")
    assert "payments-api" in json.loads(whole["response"].read())["response"]  # type: ignore[attr-defined]

    stream = invoke({"prompt": "is it ready"}, accept="text/event-stream")
    assert str(stream["contentType"]).startswith("text/event-stream")
    lines = [line for line in stream["response"].iter_lines() if line.startswith(b"data: ")]  # type: ignore[attr-defined]
    last = json.loads(lines[-1].removeprefix(b"data: "))
    assert last["event"] == "reply" and "payments-api" in last["reply"]["text"], "the session knows what `it` is"

    sessions = httpx.get(f"{service.url}/runtime-sessions", headers={"authorization": f"Bearer {TOKEN}"}).json()
    assert session in [one["id"] for one in sessions]
    for header, code in (
        ({"agentRuntimeArn": f"{ARN}-of-nobody"}, "ResourceNotFoundException"),
        ({}, "RuntimeClientError"),  # the container refuses what is no invocation
    ):
        with pytest.raises(ClientError) as refused:
            invoke({}, **header)
        assert refused.value.response["Error"]["Code"] == code
    aws.close()
