"""`sre-agent serve` as an operator starts and stops it: one process on loopback, and what a kill leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sre_lab.process import LabProcess, start_lab
from tests.cli.test_cli import COMMAND

TOKEN = "a-token-for-this-test-alone"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    with start_lab("payday-evening", follow_wall=True, folder=tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@contextmanager
def serving(lab: LabProcess, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The process, and a client that shows the token."""
    (folder / "token").write_text(TOKEN)
    ends = lab.endpoints
    where = {
        "AWS_ENDPOINT_URL": ends.aws,
        "AWS_REGION": ends.region,
        "SRE_AGENT_LEASE_SECONDS": "2",  # of a killed process
        "SRE_AGENT_TRACE": "none",
    }
    options = ["--kubeconfig", str(ends.kubeconfig), "--prometheus-url", ends.prometheus, "--port", "0"]
    command = [*COMMAND, "serve", *options, "--token-file", str(folder / "token"), "--state-dir", str(folder / "state")]
    with (
        (folder / "output").open("ab") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, env=os.environ | where) as process,
    ):
        assert process.stderr is not None
        try:
            line = process.stderr.readline().decode()
            assert line.startswith("Listening on http://127.0.0.1:"), line
            with httpx.Client(
                base_url=line.split()[2], headers={"authorization": f"Bearer {TOKEN}"}, timeout=60
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
    lab: LabProcess, tmp_path: Path, true_start: None
) -> None:
    with serving(lab, tmp_path) as (process, http):
        opened = http.post("/incidents", json={"text": "payments-api in shop is not ready"}).json()["task_id"]
        followed_to(http, opened, "call.started")
        process.kill()
    with serving(lab, tmp_path) as (process, http):
        assert followed_to(http, opened, "incident.ended") == "escalated"
        incident = http.get(f"/incidents/{opened}").json()
        assert (incident["status"], incident["reason"]) == ("escalated", "writes_off")
        report = http.get(f"/incidents/{opened}/report").json()
        assert report["diagnosis"]["hypothesis"]["failure_class"] == "bad_rollout"
        answer = http.post(
            "/sessions/a-session/messages", json={"text": "why is payments-api in shop not ready"}
        ).json()
        assert answer["reply"]["outcome"] == "answered" and "payments-api" in answer["reply"]["text"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    logged = [json.loads(line) for line in (tmp_path / "output").read_text().splitlines()]
    runs = [line for line in logged if line["event"] == "run" and line["incident_id"] == opened]
    assert [line["action"] for line in runs] == ["start", "start", "end"]
    ended = runs[-1]
    assert (ended["status"], ended["reason"]) == ("escalated", "writes_off")
    assert ended["calls"] and (ended["model_calls"], ended["dollars"]) == (0, 0)


def test_nobody_listens_beyond_loopback_without_knowing_its_callers(tmp_path: Path) -> None:
    command = [*COMMAND, "serve", "--host", "0.0.0.0", "--state-dir", str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, "--token-file" in done.stderr) == (1, True), done.stderr
