"""CloudWatch alarms: events of EventBridge, the Lambda action, and the messages that an alarm sends to SNS.

EventBridge events may stand for themselves or inside SNS and SQS. Changes of an alarm's configuration are recognised
and refused: they say nothing about the health of anything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sre_agent.domain.signal import Signal
from sre_agent.entrances import cloudwatch_events, cloudwatch_sns
from sre_agent.entrances.document import InputDocument, InputMismatch, NoAlarm
from sre_agent.entrances.envelopes import Notice

FORMAT: Final = "CloudWatch alarm state changes (EventBridge, SNS, SQS, Lambda action)"
STATE_CHANGE: Final = "CloudWatch Alarm State Change"
CONFIGURATION_CHANGE: Final = "CloudWatch Alarm Configuration Change"
CONTRIBUTOR_CHANGE: Final = "CloudWatch Alarm Contributor State Change"


def recognises(data: dict[str, Any]) -> bool:
    return "detail-type" in data or isinstance(data.get("alarmData"), dict) or "NewStateValue" in data or _bare(data)


def signals(delivery: Notice, *, received_at: datetime) -> list[Signal]:
    data = delivery.data
    if "detail-type" in data:
        return [_event(delivery, received_at)]
    if "alarmData" in data:
        document = InputDocument("a CloudWatch alarm sent to a Lambda function", data)
        return [cloudwatch_events.lambda_action(document, delivery).signal(received_at=received_at)]
    document = InputDocument("a CloudWatch alarm sent through SNS", data)
    return [cloudwatch_sns.message(document, delivery).signal(received_at=received_at)]


def _bare(data: dict[str, Any]) -> bool:
    """An SNS message that lost its state: better refused by name than taken for something else."""
    return "AlarmName" in data and ("Trigger" in data or "AlarmRule" in data)


def _event(delivery: Notice, received_at: datetime) -> Signal:
    kind = delivery.data["detail-type"]
    document = InputDocument(f"an EventBridge event {kind!s:.80}", delivery.data)
    if document.text("source", "") != "aws.cloudwatch":
        source = document.text("source", "unknown")
        raise InputMismatch(f"This is an EventBridge event {kind!s:.80} of source {source:.80}, which is not an alarm.")
    if kind == CONFIGURATION_CHANGE:
        detail = document.part("detail")
        what = f"{detail.text('operation', 'change')} of alarm {detail.text('alarmName', 'unknown')}"
        raise NoAlarm(f"This is {document.what} ({what:.200}): nothing changed its state, so there is nothing to do.")
    if kind == CONTRIBUTOR_CHANGE:
        change = cloudwatch_events.contributor(document, delivery)
        if change.state != "firing":
            raise NoAlarm(
                f"This is {document.what} of alarm {change.name:.200}: one contributor is {change.said_state}, which"
                " does not say that the alarm is. Its own state change will."
            )
        return change.signal(received_at=received_at)
    if kind != STATE_CHANGE:
        raise InputMismatch(f"This is {document.what}, an event type of CloudWatch that is not known.")
    return cloudwatch_events.event(document, delivery).signal(received_at=received_at)
