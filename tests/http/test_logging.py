"""What a log collector reads of the service: JSON lines that carry ids from the request to the end of the run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import structlog

from sre_agent import logs
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Evidence
from sre_agent.domain.message import Message
from sre_agent.domain.model_call import ModelCall
from sre_agent.run_log import logged_run
from tests.http.conftest import NOON, Site

pytestmark = pytest.mark.anyio


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


async def test_a_request_and_the_incident_that_it_opened_have_lines_with_the_same_request_id(
    site: Site, tmp_path: Path
) -> None:
    answer = await site.ask("POST", "/incidents", json={"text": "checkout in shop keeps restarting"})
    incident_id = answer.json()["task_id"]
    signal, request = lines(tmp_path)
    assert (signal["event"], signal["action"], signal["incident_id"]) == ("signal", "incident.opened", incident_id)
    assert (request["event"], request["caller"]) == ("request", "operator@example.com")
    assert signal["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    await site.ask("GET", f"/incidents/{incident_id}", "viewer")
    last_line = lines(tmp_path)[-1]
    assert (last_line["action"], last_line["incident_id"]) == ("GET /incidents/{incident_id}", incident_id)


async def test_a_run_has_a_line_at_its_start_and_one_at_its_end_with_totals(site: Site, tmp_path: Path) -> None:
    incident_id = IncidentId(await site.open())
    incident = await site.store.incident(incident_id)
    assert incident is not None
    message = Message(kind="signal", incident=incident_id, dedup="d", not_before=NOON)
    with pytest.raises(RuntimeError):
        async with logged_run(incident, message, site.store, site.clock):
            call = {"incident": incident_id, "round": 1, "agent": "logs", "server": "kubernetes", "tool": "kubectl_get"}
            for number in (1, 2):
                await site.store.keep_evidence(
                    Evidence(id=f"e{number}", arguments={}, asked_at=NOON, duration_ms=1.0, **call)
                )
            row = ModelCall(
                id="m", incident=incident_id, agent="a", model="m", tier="small", at=NOON, seconds=1, outcome="answered"
            )
            await site.store.keep_model_call(row.model_copy(update={"dollars": 0.25, "input_tokens": 7}))
            structlog.get_logger("sre_agent.test").info("between")
            raise RuntimeError
    start, between, end = lines(tmp_path)[-3:]
    assert (start["action"], start["trigger"], start["trace_id"]) == ("start", "signal", incident.trace_id)
    assert between["incident_id"] == end["incident_id"] == incident_id
    totals = (end["status"], end["calls"], end["model_calls"], end["input_tokens"], end["dollars"])
    assert totals == ("RuntimeError", 2, 1, 7, 0.25)


def test_log_lines_also_go_to_the_output_and_no_secret_with_them(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    output = logs.LinesToOutput(writing)
    with logs.write_to(tmp_path / "log.jsonl", output):
        structlog.get_logger("a").info("one", token="AKIAIOSFODNN7EXAMPLE")
    output.close()
    text = os.read(reading, 65536).decode()
    assert text == (tmp_path / "log.jsonl").read_text() and json.loads(text)["event"] == "one"
    assert "AKIAIOSFODNN7EXAMPLE" not in text


def test_a_collector_that_does_not_read_holds_up_nobody_and_is_told_what_it_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "WAITING_LINES", 10)
    reading, writing = os.pipe()
    output = logs.LinesToOutput(writing)
    long = "x" * 70_000 + "\n"  # more than a pipe holds
    output(long)
    while output.waiting:  # its thread has taken it, and waits for the reader
        pass
    for number in range(30):
        output(f"{number}\n")
    read = b""
    while read.count(b"\n") < 11:
        read += os.read(reading, 65536)
    output("last\n")
    while b"last" not in read:
        read += os.read(reading, 65536)
    output.close()
    assert read.decode().splitlines()[1:11] == [str(number) for number in range(10)]
    assert json.loads(read.decode().splitlines()[11])["lines_left_out"] == 20


def test_a_responder_goes_on_with_its_own_log_when_one_that_was_opened_after_it_has_ended(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir(mode=0o700)
    with logs.write_to(first / "log.jsonl"):
        with logs.write_to(second / "log.jsonl"):
            structlog.get_logger().info("inner")
        structlog.get_logger().info("outer")
    assert [line["event"] for line in lines(first)] == ["outer"]
    assert [line["event"] for line in lines(second)] == ["inner"]
    structlog.get_logger().warning("late")  # of a thread that ends after the last file was closed
    assert [line["event"] for line in lines(first)] == ["outer"]
