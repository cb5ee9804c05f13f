"""PagerDuty, by the Events API: an incident is one alert under one dedup key, resolved when the system recovered.

The secret is the routing key of a service; for each escalation level of its own name one `pagerduty:NAME`.
"""

from __future__ import annotations

from typing import Any, Final

from sre_agent.domain.notice import IncidentNotice
from sre_agent.notify import missing, wording
from sre_agent.notify.posting import post
from sre_agent.settings import AwsSettings, NotificationSettings

SUMMARY: Final = 1024  # characters
SEVERITIES: Final = {"SEV1": "critical", "SEV2": "error", "SEV3": "warning", "SEV4": "info"}


class PagerDutyChannel:
    edits = True

    def __init__(self, url: str, routing_key: str) -> None:
        self._url, self._routing_key = url.rstrip("/"), routing_key

    async def tell(self, notice: IncidentNotice, handle: str) -> str:
        key = handle or f"sre-agent/{notice.incident}"
        over = notice.state in ("remediated", "answered", "test")
        event: dict[str, Any] = {
            "routing_key": self._routing_key,
            "dedup_key": key,
            "event_action": "resolve" if over and handle else "trigger",
            "client": "sre-agent",
            "payload": {
                "summary": wording.headline(notice)[:SUMMARY],
                "source": "sre-agent",
                "severity": "info" if over else SEVERITIES[notice.severity],
                "custom_details": {**dict(wording.details(notice)), "commands": notice.commands},
            },
        }
        await post(f"{self._url}/v2/enqueue", event)
        if over and not handle:  # nobody has to act on what is over
            await post(f"{self._url}/v2/enqueue", {**event, "event_action": "resolve"})
        return key


def open_channel(destination: str, secret: str, settings: NotificationSettings, aws: AwsSettings) -> PagerDutyChannel:
    if not secret:
        raise missing(f"pagerduty:{destination}" if destination else "pagerduty", "the routing key of a service")
    return PagerDutyChannel(settings.pagerduty_url, secret)
