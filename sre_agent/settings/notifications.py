"""Where people are told of approval questions and ends, and with which credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from sre_agent.settings.area import Area


class NotificationSettings(Area):
    notify: tuple[str, ...] = Field(
        ("console",),
        description="channels that are told, as slack:#sre, pagerduty, sns:TOPIC_ARN, opsitem, webhook, apprise:teams;"
        " the console, so that nothing leaves the machine by accident",
    )
    notify_secrets: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="tokens, routing keys and secret addresses by the name of their channel, as a JSON object; never"
        " stored",
    )
    escalation: Path | None = Field(
        None, description="escalation levels as a YAML file; without it the shipped ones: on-call, team, commander"
    )
    slack_url: str = Field("https://slack.com/api", description="Slack's Web API; GovSlack has another address")
    pagerduty_url: str = Field(
        "https://events.pagerduty.com", description="PagerDuty's Events API; the EU has events.eu.pagerduty.com"
    )

    @field_validator("notify_secrets", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        """In an environment variable they are JSON."""
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("notify", mode="before")
    @classmethod
    def _of_older_versions(cls, value: Any) -> Any:
        """One name, as it was stored when there was one channel."""
        return tuple(value.split(",")) if isinstance(value, str) else value
