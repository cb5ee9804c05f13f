from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sre_lab.telemetry import LogEvent
from tests.lab_telemetry.conftest import START, Lab

NOW = int(START * 1000)
DAY = 86_400_000


def stream(lab: Lab) -> Any:
    client = lab.client("logs")
    client.create_log_group(logGroupName="/app", tags={"team": "pay"})
    client.create_log_stream(logGroupName="/app", logStreamName="s")
    return client


def put(client: Any, *events: tuple[int, str]) -> dict[str, Any]:
    output = [{"timestamp": at, "message": message} for at, message in events]
    result: dict[str, Any] = client.put_log_events(logGroupName="/app", logStreamName="s", logEvents=output)
    return result


def messages(client: Any) -> list[str]:
    return [event["message"] for event in client.filter_log_events(logGroupName="/app")["events"]]


def test_events_too_old_or_too_new_are_left_out_and_told(lab: Lab) -> None:
    client = stream(lab)
    hour = 3_600_000
    answer = put(client, (NOW - 15 * DAY, "old"), (NOW, "now"), (NOW + hour, "soon"), (NOW + 3 * hour, "late"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 3}
    assert messages(client) == ["now", "soon"]
    client.put_retention_policy(logGroupName="/app", retentionInDays=3)
    answer = put(client, (NOW - 4 * DAY, "expired"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([(NOW, "b"), (NOW - 1, "a")], "chronological order"),
        ([(NOW - DAY - 1, "a"), (NOW, "b")], "24 hours"),
        ([(NOW, "x" * 1_048_577)], "too large"),
        ([(NOW, "x" * 600_000), (NOW, "y" * 600_000)], "Upload too large"),
    ],
)
def test_a_batch_against_the_rules_is_refused_whole(lab: Lab, events: list[tuple[int, str]], problem: str) -> None:
    client = stream(lab)
    with pytest.raises(client.exceptions.InvalidParameterException, match=problem):
        put(client, *events)
    assert messages(client) == []


def test_what_arrives_late_keeps_its_time_and_tells_when_it_came(lab: Lab) -> None:
    client = stream(lab)
    put(client, (NOW - 1000, "second"))
    put(client, (NOW - 2000, "first"))
    events = client.get_log_events(logGroupName="/app", logStreamName="s", startFromHead=True)["events"]
    assert [(e["message"], e["timestamp"], e["ingestionTime"]) for e in events] == [
        ("first", NOW - 2000, NOW),
        ("second", NOW - 1000, NOW),
    ]


def test_at_the_end_of_a_stream_the_token_comes_back(lab: Lab) -> None:
    client = stream(lab)
    put(client, (NOW, "only"))
    where = {"logGroupName": "/app", "logStreamName": "s", "startFromHead": True}
    first = client.get_log_events(**where)
    again = client.get_log_events(**where, nextToken=first["nextForwardToken"])
    assert (again["events"], again["nextForwardToken"]) == ([], first["nextForwardToken"])


def test_a_retention_period_removes_what_is_older(lab: Lab) -> None:
    client = stream(lab)
    for days in (10, 4, 1):
        lab.world.logs.append("/app", LogEvent(START - days * 86_400, "s", f"{days} days"))
    client.put_retention_policy(logGroupName="/app", retentionInDays=5)
    assert messages(client) == ["4 days", "1 days"]
    assert client.describe_log_groups()["logGroups"][0]["retentionInDays"] == 5
    lab.advance(2 * 86_400)
    assert messages(client) == ["1 days"]
    client.delete_retention_policy(logGroupName="/app")
    assert "retentionInDays" not in client.describe_log_groups()["logGroups"][0]
    with pytest.raises(ClientError, match="retentionInDays is one of 1, 3, 5"):
        client.put_retention_policy(logGroupName="/app", retentionInDays=2)


def test_groups_and_streams_come_in_pages_and_are_deleted(lab: Lab) -> None:
    client = stream(lab)
    for number in range(60):
        lab.world.logs.append("/app", LogEvent(START - number, f"pod-{number:02d}", "x"))
        lab.world.logs.create(f"/g/{number:02d}")
    pages = client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/g/")
    assert [len(page["logGroups"]) for page in pages] == [50, 10]
    result = client.describe_log_streams(logGroupName="/app", orderBy="LastEventTime", descending=True, limit=2)
    assert [row["logStreamName"] for row in result["logStreams"]] == ["pod-00", "pod-01"]
    client.delete_log_stream(logGroupName="/app", logStreamName="pod-00")
    assert client.describe_log_streams(logGroupName="/app", logStreamNamePrefix="pod-00")["logStreams"] == []
    assert len(messages(client)) == 59
    client.delete_log_group(logGroupName="/app")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        messages(client)


def test_groups_have_a_class_and_tags(lab: Lab) -> None:
    client = stream(lab)
    client.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    log_groups = client.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert [group["logGroupName"] for group in log_groups] == ["/rare"]
    arn = client.describe_log_groups(logGroupNamePrefix="/app")["logGroups"][0]["logGroupArn"]
    client.tag_resource(resourceArn=arn, tags={"tier": "1"})
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"tier": "1"}


def test_names_that_cannot_be_are_refused(lab: Lab) -> None:
    client = stream(lab)
    with pytest.raises(ClientError, match="cannot be the name of a log group"):
        client.create_log_group(logGroupName="a b")
    with pytest.raises(ClientError, match="cannot be the name of a log stream"):
        client.create_log_stream(logGroupName="/app", logStreamName="a:b")
