"""What comes in: somebody or something says that the system may not be well."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from pydantic import Field

from mcp_servers.contract.conditions import condition
from sre_agent.domain.base import Noun, Severity

Source = Literal["cloudwatch", "alertmanager", "pagerduty", "webhook", "person", "sweep"]


DESCRIPTION = "description"  # `said_in` of what a person's words describe and do not name


class Hint(Noun):
    """A name that the signal carries, as it stands there: `kind` and `namespace` only where the signal says them.

    `said_in` is the field it comes from (`label deployment`, `dimension TableName`, `sentence`).
    """

    kind: str = ""
    namespace: str = ""
    name: str
    said_in: str


class AlarmRef(Noun):
    """The alarm behind the signal, where its state can be asked for again. Periods in seconds.

    `metric` with its namespace and dimensions only where the alarm is about exactly one; `metrics` names all of them
    (`AWS/Lambda Errors`). `children` are the alarms that made a composite one go off, or else those of its rule.
    `kept_by` says who can be asked how it stands now; empty: nobody that we know.
    """

    name: str
    kept_by: Literal["", "cloudwatch", "prometheus"] = ""
    arn: str = ""
    namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = ""
    period: int | None = None
    threshold: float | None = None
    comparison: str = ""
    expression: str = ""
    composite: bool = False
    metrics: list[str] = Field(default_factory=list)
    children: list[str] = Field(default_factory=list)

    @property
    def measured_expression(self) -> str:
        """What the alert's own expression compares with something; empty where it is no plain comparison."""
        alert_condition = condition(self.expression) if self.expression else None
        return alert_condition.metric if alert_condition is not None else ""


class Signal(Noun):
    """One message from outside in our words.

    `id` is the sender's own id of this message, or a hash of it: the same message twice is one signal. `fingerprint`
    is what it is about: signals with the same one belong to the same incident. `state` `resolved` says that the
    sender sees it well again. `intent` `answer` is a question that wants an answer and no action. `said_state` and
    `said_before` are the sender's own words for the state and the one before. `severity` is None where the message
    does not tell it. `changed_at` is when the sender's state became this one: messages may overtake each other.
    `suppressed` says in the sender's words why nobody is to be bothered with it (muted, silenced), or is empty.
    """

    id: str
    source: Source
    intent: Literal["respond", "answer"] = "respond"
    state: Literal["firing", "resolved", "no_data"] = "firing"
    said_state: str = ""
    said_before: str = ""
    title: str
    description: str = ""
    severity: Severity | None = None
    started_at: datetime | None = None
    received_at: datetime
    changed_at: datetime | None = None
    suppressed: str = ""
    scope: str = ""  # cluster name or account/region, where the signal says it
    cluster: str = ""  # what it calls the cluster, where it names one
    alarm: AlarmRef | None = None
    hints: list[Hint] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)
    fingerprint: str

    @property
    def account_and_region(self) -> tuple[str, str]:
        """Of the alarm behind it; both empty where it does not say them."""
        account, slash, region = self.scope.partition("/")
        return (account, region) if slash and account.isdecimal() else ("", "")


def fingerprint(*parts: str) -> str:
    """A short stable hash of what a signal is about."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]
