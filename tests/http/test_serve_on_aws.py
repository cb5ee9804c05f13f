"""`sre-agent serve --profile aws` as a process, with what lasts in moto: whole incidents, kills, and AWS being away."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from sre_agent.aws_services.creation import create
from sre_lab.process import LabProcess, start_lab
from tests.http.test_serve import followed_to, serving
from tests.notify.receiving import Received, receiver
from tests.slots import moto
from tests.slots.throttling import ThrottlingWay, throttling

ON_AWS = ("--profile", "aws", "--writes", "--allow-namespace", "shop")
EXPIRED = b'{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}'
DENIED = b'{"__type": "AccessDeniedException", "message": "not authorized to perform: dynamodb:PutItem"}'


class Ends(Queue[str]):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.settings = {"notify": "webhook", "notify_secrets": json.dumps({"webhook": url})}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[LabProcess]:
    with start_lab("payday-evening", follow_wall=True, folder=tmp_path / "lab") as lab:
        yield lab


@pytest.fixture
def way(tmp_path: Path) -> Iterator[ThrottlingWay]:
    """The way to an AWS in which nobody else has kept anything."""
    with throttling(moto.address()) as way:
        yield way


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The incidents of which a webhook was told that they have ended: nobody has to ask for it again and again."""
    with receiver() as there:
        queue = Ends(there.url)

        def answer(request: Received) -> tuple[int, dict[str, str], bytes]:
            if request.json["state"] != "waiting":
                queue.put(request.json["incident"])
            return 200, {}, b"{}"

        there.answer = answer
        yield queue


def state_of(way: ThrottlingWay, ends: Ends, folder: Path) -> dict[str, str]:
    """Settings of a process whose state is there, with everything that they name made."""
    state = moto.state_of_its_own(folder)
    names = (
        "store_table",
        "checkpoint_table",
        "used_permits_table",
        "permit_secret",
        "record_secret",
        "schedule_group",
    )
    state = state.model_copy(update={"queue_url": f"queue/{state.store_table}-looks.fifo"})  # of which the name counts
    own = {name: str(getattr(state, name)) for name in names} | create(state)
    return {**own, "state_endpoint_url": way.url, "policies": "demo", **ends.settings}


def alarm(lab: LabProcess, http: httpx.Client) -> str:
    """The incident that the lab's alarm opens."""
    answer = http.post("/alarms/eventbridge", json=lab.control.alarm_event("payments-api-5xx")).raise_for_status()
    return str(answer.json()["task_id"])


def end_of(http: httpx.Client, ends: Ends, incident: str) -> tuple[str, str]:
    while ends.get(timeout=120) != incident:
        pass
    record = http.get(f"/incidents/{incident}").json()
    return record["status"], record["reason"]


def storage(http: httpx.Client) -> dict[str, Any]:
    rows = http.get("/ready").json()["dependencies"]
    return next(row for row in rows if row["kind"] == "storage")


def events_of(output: str) -> set[str]:
    return {json.loads(line)["event"] for line in output.splitlines()}


def logged_in_the_meantime(http: httpx.Client, output: Path, event: str) -> None:
    """Wait for that line: the hand on the queue asks it again within seconds, on a busy machine within many."""
    deadline = time.monotonic() + 120
    while f'"{event}"' not in output.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, f"nothing was logged of {event}"
        http.get("/ping").raise_for_status()


def test_an_alarm_is_remediated_and_a_service_whose_aws_is_closed_to_it_says_so_and_goes_on_after_it(
    lab: LabProcess, way: ThrottlingWay, ends: Ends, tmp_path: Path
) -> None:
    with serving(lab, tmp_path, *ON_AWS, **state_of(way, ends, tmp_path)) as (process, http):
        assert end_of(http, ends, alarm(lab, http)) == ("remediated", "fixed")
        for refusal, remedy in ((EXPIRED, "renew them"), (DENIED, "allow it in the policy of this process's role")):
            way.refusal, way.throttles_all = refusal, True
            refused = http.post("/incidents", json={"text": "checkout in shop keeps restarting"})
            assert (
                refused.status_code == 503 and remedy in refused.json()["detail"] and "retry-after" in refused.headers
            )
            assert storage(http)["state"] == "failing" and remedy in storage(http)["why"]
            logged_in_the_meantime(http, tmp_path / "output", "storage")
            assert http.get("/ping").status_code == 200 and process.poll() is None
        way.throttles_all = False
        assert storage(http)["state"] == "ok"
        assert http.post("/incidents", json={"text": "checkout in shop keeps restarting"}).status_code == 202
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    output = (tmp_path / "output").read_text()
    assert "Traceback" not in output, output[output.index("Traceback") - 500 :][:3000]
    assert {"storage", "run"} <= events_of(output)


@pytest.mark.long
def test_a_run_of_a_process_that_is_killed_goes_on_in_the_next_one(
    lab: LabProcess, way: ThrottlingWay, ends: Ends, tmp_path: Path
) -> None:
    settings = state_of(way, ends, tmp_path)
    with serving(lab, tmp_path, *ON_AWS, **settings) as (process, http):
        incident = alarm(lab, http)
        followed_to(http, incident, "write.sent")
        process.kill()
    (tmp_path / "elsewhere").mkdir()
    with serving(lab, tmp_path / "elsewhere", *ON_AWS, **settings) as (process, http):
        assert end_of(http, ends, incident) == ("remediated", "fixed")
        writes = http.get(f"/incidents/{incident}/report").json()["remediations"]
        assert len(writes) == 1, "the permit was used once"
