"""What carries a notice on its way here: SNS and SQS messages, Lambda's batches of them, and plain text."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from sre_agent.entrances.document import InputMismatch, UnknownForm, parsed

LAYERS: Final = 6  # EventBridge in SNS in SQS in a Lambda batch are four
BATCH: Final = 100
_SNS_TYPES: Final = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")
_SQS_MARKS: Final = ("receiptHandle", "ReceiptHandle", "md5OfBody", "MD5OfBody", "messageId", "MessageId")


class Notice(BaseModel):
    """One notice without its envelopes. `id` is the id of the envelope nearest to it that has one of its own,
    `topic` the ARN of the SNS topic it came through; both may be empty."""

    model_config = ConfigDict(frozen=True)

    data: dict[str, Any]
    id: str = ""
    topic: str = ""


def unwrap(raw: Any) -> list[Notice]:
    """The notices inside `raw`. Raises Misfit."""
    return _open_envelope(raw, Notice(data={}), LAYERS)


def _open_envelope(raw: Any, around: Notice, left: int) -> list[Notice]:
    if left == 0:
        raise UnknownForm(f"The input is wrapped in more than {LAYERS} envelopes.")
    data = parsed(raw)
    if not isinstance(data, dict):
        raise UnknownForm(f"The input is {_kind(data)} where one JSON object is expected.")
    if isinstance(data.get("Records"), list):
        return _batch(data["Records"], around, left)
    if data.get("Type") in _SNS_TYPES:
        return _notification(data, around, left)
    body = data.get("body", data.get("Body"))
    if isinstance(body, str) and any(mark in data for mark in _SQS_MARKS):
        own_id = data.get("messageId") or data.get("MessageId") or ""
        inside = around.model_copy(update={"id": str(own_id) or around.id})
        return _inside("an SQS message", "body", body, inside, left)
    return [around.model_copy(update={"data": data})]


def _batch(records: list[Any], around: Notice, left: int) -> list[Notice]:
    """What Lambda hands over for SNS and SQS: every record, in order."""
    if not records or len(records) > BATCH or not all(isinstance(record, dict) for record in records):
        raise InputMismatch(f"This is a batch of records, but Records does not hold 1 to {BATCH} objects.")
    notices: list[Notice] = []
    for record in records:
        inner = record.get("Sns", record)
        if inner is record and not isinstance(record.get("body"), str):
            source = record.get("eventSource") or record.get("EventSource") or "an unnamed source"
            raise InputMismatch(
                f"This is a batch of records, but one of them is from {source!s:.60}, neither SNS nor SQS."
            )
        if isinstance(inner, dict) and inner is not record:
            inner = {"Type": "Notification", **inner}
        notices += _open_envelope(inner, around, left - 1)
    return notices


def _notification(data: dict[str, Any], around: Notice, left: int) -> list[Notice]:
    topic = str(data.get("TopicArn") or "")
    if data["Type"] != "Notification":
        raise InputMismatch(
            f"This is an SNS {data['Type']} of topic {topic or 'unknown'}: it reports nothing. Confirm or renew the"
            " subscription where the topic is managed."
        )
    message = data.get("Message")
    if not isinstance(message, str) or not message.strip():
        raise InputMismatch("This is an SNS notification, but its Message is missing or no text.")
    inside = Notice(data={}, id=str(data.get("MessageId") or around.id), topic=topic)
    return _inside("an SNS notification", "Message", message, inside, left)


def _inside(what: str, key: str, text: str, around: Notice, left: int) -> list[Notice]:
    try:
        return _open_envelope(text, around, left - 1)
    except UnknownForm as problem:
        raise InputMismatch(f"This is {what}, but its {key} cannot be used. {problem}") from problem


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else f"a {type(value).__name__}"
