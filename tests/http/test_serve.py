"""`sre-agent serve` as an operator starts and stops it: one process on loopback, and what a kill leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sre_lab.process import LabProcess, start_lab
from tests.cli.test_cli import COMMAND
from tests.http import burst

TOKEN = "a-token-for-this-test-alone"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with start_lab("payday-evening", follow_wall=True, folder=tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextmanager
def serving(
    lab: LabProcess, folder: Path, *more: str, **settings: str
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The process, and a client that shows the token."""
    (folder / "token").write_text(TOKEN)
    ends = lab.endpoints
    where = {
        "AWS_ENDPOINT_URL": ends.aws,
        "AWS_REGION": ends.region,
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "SRE_AGENT_LEASE_SECONDS": "2",  # of a killed process
        "SRE_AGENT_TRACE": "none",
        **{f"SRE_AGENT_{name.upper()}": value for name, value in settings.items()},
    }
    options = ["--kubeconfig", str(ends.kubeconfig), "--prometheus-url", ends.prometheus, "--port", "0"]
    command = [*COMMAND, "serve", *options, "--token-file", str(folder / "token"), "--state-dir", str(folder / "state")]
    command += more
    with (
        (folder / "output").open("ab") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, env=os.environ | where) as process,
    ):
        assert process.stderr is not None
        try:
            line = process.stderr.readline().decode()
            assert line.startswith("Listening on http://127.0.0.1:"), line
            assert (ready := process.stderr.readline().decode()).startswith("Ready with "), ready
            with httpx.Client(
                base_url=line.split()[2].rstrip(";"), headers={"authorization": f"Bearer {TOKEN}"}, timeout=60
            ) as http:
                yield process, http
        finally:
            process.kill()


def followed_to(http: httpx.Client, incident: str, kind: str) -> str:
    """The name in the first event of a kind."""
    with http.stream("GET", f"/incidents/{incident}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: ") and (event := json.loads(line.removeprefix("data: ")))["kind"] == kind:
                return str(event["name"])
    raise AssertionError(f"no {kind} in the events of {incident}")


def test_a_killed_service_takes_its_incidents_up_again_and_a_terminated_one_ends_by_itself(
    lab: LabProcess, tmp_path: Path
) -> None:
    with serving(lab, tmp_path) as (process, http):
        http.post("/sessions/a-session/messages", json={"text": "is payments-api in shop ready"}).raise_for_status()
        incident_id = http.post("/incidents", json={"text": "payments-api in shop is not ready"}).json()["task_id"]
        followed_to(http, incident_id, "call.started")
        accepted = asyncio.run(burst.send(str(http.base_url), burst.storm(100, namespaces=1), TOKEN))
        assert accepted == dict.fromkeys(range(100), 202)
        process.kill()
        killed_at = datetime.now(UTC)
    with serving(lab, tmp_path) as (process, http):
        assert taken_in(http) == {burst.title(number) for number in range(100)}
        assert followed_to(http, incident_id, "incident.ended") == "escalated"
        incident = http.get(f"/incidents/{incident_id}").json()
        assert (incident["status"], incident["reason"]) == ("escalated", "writes_off")
        report = http.get(f"/incidents/{incident_id}/report").json()
        assert report["diagnosis"]["hypothesis"]["failure_class"] == "bad_rollout"
        answer = http.post("/sessions/a-session/messages", json={"text": "why is it not ready"}).json()
        assert answer["reply"]["outcome"] == "answered" and "payments-api" in answer["reply"]["text"], answer
        turns = http.get("/sessions/a-session").json()["conversation"]
        assert [one["question"] for one in turns] == ["is payments-api in shop ready", "why is it not ready"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    log = [json.loads(line) for line in (tmp_path / "output").read_text().splitlines()]
    of_opened = [line for line in log if line["event"] == "run" and line["incident_id"] == incident_id]
    runs = [line for line in of_opened if line["trigger"] == "signal"]  # its notice may be under way at the end
    actions = [line["action"] for line in runs]
    if actions == ["start"]:  # the end is stored before it is logged, and the kill came between
        assert datetime.fromisoformat(incident["ended_at"]) < killed_at
    else:
        assert actions[-2:] == ["start", "end"], "what was killed may not have told its start"
        end = runs[-1]
        assert (end["status"], end["reason"]) == ("escalated", "writes_off")
        assert (end["model_calls"], end["dollars"]) == (0, 0)
        assert end["calls"] >= 0, "what the killed process had read is not read again"


def taken_in(http: httpx.Client) -> set[str]:
    """The titles of all alarms that are recorded with an incident, which is there."""
    alarms: list[dict[str, Any]] = []
    params: dict[str, int] = {"limit": 500}
    while "before" not in params or params["before"]:
        page = http.get("/alarms", params=params).json()
        alarms += page["alarms"]
        params["before"] = page["next"]
    for incident in {one["incident"] for one in alarms}:
        assert http.get(f"/incidents/{incident}").status_code == 200
    return {one["title"] for one in alarms if one["incident"]}


@pytest.mark.long
def test_a_service_that_is_killed_in_a_storm_loses_no_alarm_no_question_and_no_conversation(
    lab: LabProcess, tmp_path: Path
) -> None:
    """What was not answered is sent again, as every sender does."""
    settings = {"requests_per_minute": "100000", "storm_settle_seconds": "100000", "log_stdout": "false"}
    options = ("--writes", "--allow-namespace", "shop")
    bodies, numbers = burst.storm(1000), list[int]()
    with serving(lab, tmp_path, *options, **settings) as (process, http):
        incident_id = http.post("/incidents", json={"text": "payments-api in shop is not ready"}).json()["task_id"]
        followed_to(http, incident_id, "approval.asked")
        question = http.get(f"/incidents/{incident_id}").json()["question"]
        http.post("/sessions/a-session/messages", json={"text": "which pods are not ready in shop"}).raise_for_status()

        def until_the_middle(number: int) -> None:
            numbers.append(number)
            if len(numbers) == 400:
                process.kill()

        first = asyncio.run(burst.send(str(http.base_url), bodies, TOKEN, until_the_middle))
        assert 400 <= len(first) < 1000 and set(first.values()) == {202}
    with serving(lab, tmp_path, *options, **settings) as (process, http):
        rest = [body for number, body in enumerate(bodies) if number not in first]
        second = asyncio.run(burst.send(str(http.base_url), rest, TOKEN))
        assert set(second.values()) == {202} and len(second) == len(rest)
        assert taken_in(http) == {burst.title(number) for number in range(1000)}
        assert http.get(f"/incidents/{incident_id}").json()["question"] == question
        turns = http.get("/sessions/a-session").json()
        assert "which pods are not ready in shop" in json.dumps(turns)
        deadline = time.monotonic() + 300
        while any(http.get("/ready").json()[count] for count in ("waiting", "busy")) and time.monotonic() < deadline:
            time.sleep(1)
        page = http.get("/incidents", params={"only_open": True, "limit": 200}).json()
        in_queue = {one["incident"] for one in http.get("/queue", params={"limit": 500}).json()["messages"]}
        assert {one["id"] for one in page["incidents"]} <= in_queue, "nothing is open that nothing moves"
        answer = http.post(f"/incidents/{incident_id}/decision", json={"choice": "reject"})
        assert answer.status_code == 200 and followed_to(http, incident_id, "incident.ended") == "escalated"


def test_nobody_listens_beyond_loopback_without_knowing_its_callers(tmp_path: Path) -> None:
    command = [*COMMAND, "serve", "--host", "0.0.0.0", "--state-dir", str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, "--token-file" in done.stderr) == (1, True), done.stderr
    (tmp_path / "token").write_text(TOKEN)
    command += ["--token-file", str(tmp_path / "token")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, "tls_ends_upstream" in done.stderr) == (1, True), done.stderr


@pytest.mark.long
def test_a_session_of_the_runtime_that_costs_too_much_ends_its_own_process(lab: LabProcess, tmp_path: Path) -> None:
    """Within two looks at what it cost, which are 15 s apart. The register keeps why."""
    session = {"X-Amzn-Bedrock-AgentCore-Runtime-Session-Id": "s" * 33}
    with serving(lab, tmp_path, runtime_session_dollars="0.000001") as (process, http):
        http.post("/invocations", json={"prompt": "is payments-api in shop ready"}, headers=session).raise_for_status()
        assert process.wait(90) == 0
    with serving(lab, tmp_path) as (_, http):
        (entry,) = http.get("/runtime-sessions").json()
    assert (entry["id"], entry["state"]) == ("s" * 33, "stopping") and "runtime_session_dollars" in entry["why"]
