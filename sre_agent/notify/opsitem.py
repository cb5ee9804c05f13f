"""AWS Systems Manager: an incident is one OpsItem, changed as it goes on and resolved when the system recovered."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from sre_agent.domain.notice import IncidentNotice
from sre_agent.errors import NotifyError
from sre_agent.notify import wording
from sre_agent.notify.sns import client_of, reason
from sre_agent.settings import AwsSettings, NotificationSettings

TITLE, DESCRIPTION = 1024, 1024  # characters
OVER: Final = ("remediated", "answered", "test")


class OpsItemChannel:
    edits = True

    def __init__(self, client: Any) -> None:
        self._client = client

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        try:
            item = handle or await asyncio.to_thread(self._create, notice)
            if handle or notice.state in OVER:
                status = "Resolved" if notice.state in OVER else "Open"
                fields = {**self._fields(notice), "OpsItemId": item, "Status": status}
                await asyncio.to_thread(self._client.update_ops_item, **fields)
        except (BotoCoreError, ClientError) as problem:
            raise NotifyError(reason(problem)) from None
        return item

    def _create(self, notice: IncidentNotice) -> str:
        """Its id; of the one that is there already, where an earlier answer was lost."""
        same = {"Value": json.dumps({"dedupString": notice.incident}), "Type": "SearchableString"}
        try:
            answer = self._client.create_ops_item(
                **self._fields(notice), Source="sre-agent", OperationalData={"/aws/dedup": same}
            )
            return str(answer["OpsItemId"])
        except self._client.exceptions.OpsItemAlreadyExistsException as problem:
            return str(problem.response["OpsItemId"])

    @staticmethod
    def _fields(notice: IncidentNotice) -> dict[str, str]:
        return {
            "Title": wording.headline(notice)[:TITLE],
            "Description": wording.text(notice)[:DESCRIPTION],
            "Severity": notice.severity.removeprefix("SEV"),
        }


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> OpsItemChannel:
    return OpsItemChannel(client_of("ssm", aws))
