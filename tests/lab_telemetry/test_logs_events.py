from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab

LINES = [
    "INFO started",
    "ERROR payment refused: card expired",
    "WARN payment slow",
    "ERROR payment failed: timeout",
    '{"level": "error", "status": 503, "user": {"name": "ann"}}',
    '{"level": "info", "status": 200, "tags": ["a", "b"]}',
]


def fill(lab: Lab) -> None:
    for place, line in enumerate(LINES):
        lab.world.logs.append("/app", LogEvent(START - 60 + place, f"pod-{place % 2}", line))


def search(lab: Lab, pattern: str, **more: Any) -> list[int]:
    """Which lines a filter pattern takes."""
    events = lab.client("logs").filter_log_events(logGroupName="/app", filterPattern=pattern, **more)["events"]
    return [LINES.index(event["message"]) for event in events]


PATTERNS = {
    "": [0, 1, 2, 3, 4, 5],
    "ERROR": [1, 3],
    "ERROR payment": [1, 3],
    '"payment failed"': [3],
    "ERROR -timeout": [1],
    "?started ?slow": [0, 2],
    "%pay.*slow%": [2],
    '{ $.level = "error" }': [4],
    "{ $.status >= 200 && $.status < 300 }": [5],
    '{ $.user.name = "a*" || $.tags[1] = "b" }': [4, 5],
    "{ $.level != info }": [4],
    '{ ($.level = "error" || $.level = "info") && $.status = 200 }': [5],
    '{ $.level = "error" || $.level = "info" && $.status = 1 }': [4],
    "{ $.user.name NOT EXISTS }": [5],
    "{ $.user IS NULL }": [],
    "{ $.status = 5* }": [4],
    '{ $.level = "*rro*" }': [4],
    "{ $.level = %^e.*r$% }": [4],
    "{ $.status > 2.5e2 }": [4],
    '{ $.tags = "a" }': [],
    "{ $.tags != 1 }": [],
    "[level = ERROR, ...]": [1, 3],
    "[level = ERROR || level = WARN, what, how]": [2],
    "[level != ERROR && level != WARN, rest]": [0],
    "[level, ..., last = %^(slow|timeout)$%]": [2, 3],
}


def test_filter_patterns_take_what_they_say(lab: Lab) -> None:
    fill(lab)
    assert {pattern: search(lab, pattern) for pattern in PATTERNS} == PATTERNS


def test_events_are_filtered_by_stream_and_time_in_pages(lab: Lab) -> None:
    fill(lab)
    assert search(lab, "", logStreamNamePrefix="pod-1") == [1, 3, 5]
    millis = int((START - 60) * 1000)
    assert search(lab, "", startTime=millis + 1000, endTime=millis + 3000) == [1, 2]
    pages = lab.client("logs").get_paginator("filter_log_events").paginate(logGroupName="/app", limit=4)
    assert [len(page["events"]) for page in pages] == [4, 2]


@pytest.mark.parametrize(
    "pattern", ["[ip, user", "{ $.a = 1", "{ nonsense }", "%(%", "[a, ..., b, ...]", "{ $.a > x }"]
)
def test_a_pattern_that_is_not_understood_is_refused(lab: Lab, pattern: str) -> None:
    fill(lab)
    with pytest.raises(ClientError, match="Invalid filter pattern"):
        search(lab, pattern)


def test_what_is_put_into_a_stream_is_read_back_from_either_end(lab: Lab) -> None:
    client = lab.client("logs")
    client.create_log_group(logGroupName="/new")
    client.create_log_stream(logGroupName="/new", logStreamName="s")
    base = int(START * 1000) - 5000
    client.put_log_events(
        logGroupName="/new",
        logStreamName="s",
        logEvents=[{"timestamp": base + i, "message": f"line {i}"} for i in range(5)],
    )
    where = {"logGroupName": "/new", "logStreamName": "s", "limit": 2}
    last = client.get_log_events(**where)
    before = client.get_log_events(**where, nextToken=last["nextBackwardToken"])
    first = client.get_log_events(**where, startFromHead=True)
    texts = [[event["message"] for event in page["events"]] for page in (last, before, first)]
    assert texts == [["line 3", "line 4"], ["line 1", "line 2"], ["line 0", "line 1"]]
    groups = client.describe_log_groups(logGroupNamePrefix="/n")["logGroups"]
    assert [(group["logGroupName"], group["storedBytes"]) for group in groups] == [("/new", 30)]
    streams = client.describe_log_streams(logGroupName="/new", orderBy="LastEventTime", descending=True)
    assert streams["logStreams"][0]["lastEventTimestamp"] == base + 4


def test_groups_and_streams_that_do_not_exist_are_named_as_such(lab: Lab) -> None:
    client = lab.client("logs")
    client.create_log_group(logGroupName="/new")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="log group"):
        client.filter_log_events(logGroupName="/none")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="log stream"):
        client.get_log_events(logGroupName="/new", logStreamName="none")
    with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
        client.create_log_group(logGroupName="/new")


def test_messages_keep_their_text(lab: Lab) -> None:
    text = json.dumps({"quote": 'a "b" \\ ü'}, ensure_ascii=False)
    lab.world.logs.append("/app", LogEvent(START - 1, "s", text))
    assert lab.client("logs").filter_log_events(logGroupName="/app")["events"][0]["message"] == text
