"""Amazon SNS: `sns:TOPIC_ARN`, with the credentials of this process. One message at the question and one at the end."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import NotifyError, SettingsError
from sre_agent.notify import wording
from sre_agent.settings import AwsSettings, NotificationSettings

SUBJECT = 100  # ASCII characters


class SnsChannel:
    edits = False

    def __init__(self, topic: str, client: Any) -> None:
        self._topic, self._client = topic, client

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        subject = wording.headline(notice).replace(wording.GAP, " ").encode("ascii", "replace").decode()
        message: dict[str, Any] = {
            "TopicArn": self._topic,
            "Subject": subject[:SUBJECT],
            "Message": "\n".join([wording.headline(notice), wording.text(notice)]),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in (("severity", notice.severity), ("state", notice.state))
            },
        }
        if self._topic.endswith(".fifo"):
            step = f"{notice.incident}-{notice.state}-{notice.level}"
            message |= {"MessageGroupId": notice.incident, "MessageDeduplicationId": step}
        try:
            await asyncio.to_thread(self._client.publish, **message)
        except (BotoCoreError, ClientError) as problem:
            raise NotifyError(reason(problem)) from None
        return ""


def client_of(service: str, aws: AwsSettings, region: str = "") -> Any:
    """A client of an AWS service with the credentials, region and endpoint of this process."""
    session = boto3.Session(profile_name=aws.aws_profile or None, region_name=region or aws.aws_region or None)
    try:
        return session.client(service, endpoint_url=aws.aws_endpoint_url or None)
    except (BotoCoreError, ValueError) as problem:
        raise SettingsError(f"There is no client of {service} to be had: {reason(problem)}.") from problem


def reason(problem: Exception) -> str:
    """The code that AWS gives, or the kind of error."""
    code = problem.response.get("Error", {}).get("Code", "") if isinstance(problem, ClientError) else ""
    return f"AWS refused it: {code}" if code else f"AWS could not be reached ({type(problem).__name__})"


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> SnsChannel:
    parts = destination.split(":")
    if len(parts) != 6 or parts[2] != "sns":
        raise SettingsError("The channel sns:TOPIC_ARN names a topic, as arn:aws:sns:eu-west-1:123456789012:alarms.")
    return SnsChannel(destination, client_of("sns", aws, parts[3]))
