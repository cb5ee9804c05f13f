"""Whatever comes in, the answer is a signal or a sentence that helps; never another exception."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.errors import BadInputError, NoAlarmError
from tests.entrances import deliveries as sent

NOW = datetime(2026, 3, 4, 10, 1, tzinfo=UTC)
GENERIC = {
    "title": "CPU",
    "state": "alerting",
    "severity": "high",
    "started_at": "2026-03-04T10:00:00Z",
    "tags": ["kube_deployment:web"],
    "commonLabels": {"alertname": "CPU", "namespace": "shop"},
    "commonAnnotations": {"summary": "high"},
}
VALID = [
    sent.eventbridge(),
    sent.composite(),
    sent.eventbridge(muteDetail={"by": "x"}),
    sent.lambda_action(),
    sent.sns_message(),
    sent.sns(),
    sent.sqs(),
    sent.lambda_batch(),
    sent.alertmanager(sent.alert(), sent.alert(deployment="cart")),
    sent.pagerduty(),
    GENERIC,
]
ODD: list[Any] = [
    None,
    "",
    " ",
    "x",
    0,
    -1,
    1e308,
    2**80,
    True,
    [],
    [1],
    [{}],
    [[]],
    {},
    {"a": 1},
    {"a": {"b": []}},
    "\ud800",
    "9" * 5000,
]


def error(payload: Any) -> str:
    with pytest.raises(BadInputError) as refusal:
        entrances.read(payload, received_at=NOW)
    return str(refusal.value)


SAID = {
    "": "The input is empty",
    "   ": "The input is empty",
    "{": "not JSON",
    "[]": "a list where one JSON object",
    "null": "null where one JSON object",
    '"alarm"': "where one JSON object",
    "{}": "no known form; its keys are: none",
    '{"hello": 1}': "no known form; its keys are: hello",
    '{"title": NaN}': "not finite",
    '{"detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2"}': "source aws.ec2, which is no",
    '{"detail-type": "CloudWatch Something New", "source": "aws.cloudwatch"}': "an event type of CloudWatch",
    '{"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:t"}': "Confirm or renew",
    '{"Type": "Notification", "Message": "disk full"}': "its Message cannot be used. The input is not JSON",
    '{"Type": "Notification"}': "Message is missing",
    '{"AlarmName": "a", "Trigger": {}}': "NewStateValue is missing",
    '{"AlarmName": "a", "NewStateValue": "BROKEN"}': "'BROKEN'; an alarm is ALARM, OK, INSUFFICIENT_DATA",
    '{"alarmData": {"state": {"value": "ALARM"}}}': "alarmData.alarmName is missing",
    '{"receiver": "r", "alerts": []}': "alerts holds no alert",
    '{"receiver": "r", "alerts": [1]}': "alerts is not a list of objects",
    '{"receiver": "r", "alerts": [{"status": "firing"}]}': "alerts[0].labels is missing",
    '{"title": "a", "started_at": "yesterday"}': "started_at is 'yesterday', which is not a readable time",
    '{"title": "a", "labels": []}': "labels is a list where an object is expected",
    '{"Records": [{"eventSource": "aws:s3"}]}': "from aws:s3, neither SNS nor SQS",
    '{"Records": []}': "Records does not hold 1 to",
}


@pytest.mark.parametrize(("payload", "problem"), SAID.items(), ids=[str(n) for n in range(len(SAID))])
def test_bad_input_is_told_what_is_wrong_and_what_would_be_understood(payload: str, problem: str) -> None:
    message = error(payload)
    assert problem in message
    assert "Understood are: CloudWatch alarm state changes" in message
    assert "Alertmanager" in message and "generic webhook" in message
    assert len(message) < 900


def test_deep_and_large_input_is_refused() -> None:
    assert "nested" in error("[" * 50 + "]" * 50)
    assert "not JSON" in error("[" * 100_000) or "nested" in error("[" * 100_000)
    assert "at most" in error('{"title": "' + "x" * 1_000_001 + '"}')


def test_an_envelope_in_an_envelope_without_end_is_refused() -> None:
    payload: dict[str, Any] = sent.eventbridge()
    for _ in range(8):
        payload = sent.sqs(payload)
    assert "wrapped in more than" in error(payload)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def change(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    document = copy.deepcopy(value)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if new is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return document


@pytest.mark.parametrize("valid", VALID, ids=lambda v: next(iter(v)))
def test_no_single_broken_field_causes_anything_but_a_clear_refusal(valid: dict[str, Any]) -> None:
    for path in places(valid):
        for new in [*ODD, KeyError]:
            check(change(valid, path, new))


def test_no_random_damage_to_the_text_causes_anything_but_a_clear_refusal() -> None:
    chance = random.Random(7)
    for text in [json.dumps(valid) for valid in VALID]:
        for _ in range(60):
            start = chance.randrange(len(text))
            end = start + chance.randrange(12)
            junk = "".join(chance.choice('{}[]",:0aé\x00\\') for _ in range(chance.randrange(4)))
            check((text[:start] + junk + text[end:]).encode())


@pytest.mark.parametrize(
    "payload", [None, 7, object(), {1: 2}, {"title": object()}, {"title": {1, 2}}, b"\xff\xfe", b""]
)
def test_what_is_no_json_at_all_is_refused(payload: Any) -> None:
    assert "Understood are" in error(payload)


def check(payload: Any) -> None:
    """Signals that can be stored and read back, or a refusal."""
    try:
        signals = entrances.read(payload, received_at=NOW)
    except BadInputError as refusal:
        assert isinstance(refusal, NoAlarmError) or "Understood are" in str(refusal)
        return
    assert signals
    for signal in signals:
        assert type(signal).model_validate_json(signal.model_dump_json()) == signal
        assert signal.id and signal.title and signal.fingerprint
        entrances.normalised(signal)
