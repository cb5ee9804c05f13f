"""A CloudWatch alarm's change of state, whichever way it was delivered, and the signal it makes.

All deliveries of the same alarm have one fingerprint: its account, region and name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from sre_agent.domain.base import Severity
from sre_agent.domain.severity_words import severity_of
from sre_agent.domain.signal import AlarmRef, Hint, Signal, fingerprint
from sre_agent.entrances import name_fields, words
from sre_agent.entrances.document import LABEL_CHARACTERS, content_id, line, prose

STATES: Final[dict[str, words.State]] = {"ALARM": "firing", "OK": "resolved", "INSUFFICIENT_DATA": "no_data"}
_ARN = re.compile(r"\barn:aws[\w-]*:cloudwatch:[\w-]*:\d*:alarm:(\S+)")
_DATAPOINT = re.compile(r"\((\d\d/\d\d/\d\d \d\d:\d\d:\d\d)\)")


class Arn(BaseModel):
    """The parts of an ARN; all empty for a text that is none."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    region: str = ""
    account: str = ""
    name: str = ""

    @classmethod
    def of(cls, text: str) -> Arn:
        parts = text.split(":", 6)
        if len(parts) < 6 or parts[0] != "arn":
            return cls()
        return cls(text=text, region=parts[3], account=parts[4], name=parts[6] if len(parts) > 6 else parts[5])


class AlarmMetric(BaseModel):
    """One metric that an alarm looks at. `period` in seconds."""

    model_config = ConfigDict(frozen=True)

    namespace: str
    name: str
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = ""
    period: int | None = None

    @property
    def is_of_other_service(self) -> bool:
        """Whether it is published by a service of AWS that is not EKS."""
        return self.namespace.startswith(("AWS/", "ECS/")) and self.namespace != "AWS/EKS"

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}".strip()


class AlarmChange(BaseModel):
    """What every delivery says about the change. `began` is the start of the breach where the sender says it.

    `quiet` says why the alarm's own actions were held back (muted, suppressed); empty when they were not.
    """

    model_config = ConfigDict(frozen=True)

    id: str = ""
    name: str
    arn: Arn = Arn()
    account: str = ""
    region: str = ""
    state: words.State
    said_state: str
    said_before: str = ""
    reason: str = ""
    changed_at: datetime | None = None
    began: datetime | None = None
    description: str = ""
    metrics: list[AlarmMetric] = Field(default_factory=list)
    threshold: float | None = None
    comparison: str = ""
    composite: bool = False
    children: list[str] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    contributor: dict[str, str] = Field(default_factory=dict)
    quiet: str = ""

    def signal(self, *, received_at: datetime) -> Signal:
        account, region = self.arn.account or self.account, self.arn.region or self.region
        about = fingerprint("cloudwatch", account, region, self.name)
        began = self.began or _first_datapoint(self.reason)
        return Signal(
            id=self.id or content_id(about, self.said_state, str(self.changed_at), self.reason, self.contributor),
            source="cloudwatch",
            intent="answer" if self.quiet else "respond",
            state=self.state,
            said_state=self.said_state,
            said_before=self.said_before,
            title=line(self.name),
            description=prose(self.description or _ARN.sub(r"\1", self.reason), self.quiet),
            severity=self._severity(),
            started_at=(began if self.state == "firing" else None) or self.changed_at,
            received_at=received_at,
            changed_at=self.changed_at,
            suppressed=line(self.quiet),
            scope=f"{account}/{region}" if account and region else "",
            cluster=self._cluster(),
            alarm=self._alarm(),
            hints=self._hints(),
            labels=self._labels(),
            fingerprint=about,
        )

    def _severity(self) -> Severity | None:
        values = (value for key, value in self.tags.items() if key.lower() in ("severity", "priority"))
        for word in values:
            if (severity := severity_of(word)) is not None:
                return severity
        return words.severity_in([self.description, self.name])

    def _alarm(self) -> AlarmRef:
        one = self.metrics[0] if len(self.metrics) == 1 else AlarmMetric(namespace="", name="")
        return AlarmRef(
            kept_by="cloudwatch",
            name=self.name,
            arn=self.arn.text,
            namespace=one.namespace,
            metric=one.name,
            dimensions=one.dimensions,
            statistic=one.statistic,
            period=one.period,
            threshold=self.threshold,
            comparison=self.comparison,
            composite=self.composite,
            metrics=list(dict.fromkeys(str(metric) for metric in self.metrics)),
            children=self.children,
        )

    def _hints(self) -> list[Hint]:
        fields = [("dimension", metric.dimensions) for metric in self.metrics]
        return name_fields.hints([("contributor", self.contributor), *fields, ("tag", self.tags)])

    def _cluster(self) -> str:
        """The Kubernetes cluster that its metrics are of; services of AWS have clusters of their own."""
        fields = [("dimension", metric.dimensions) for metric in self.metrics if not metric.is_of_other_service]
        return name_fields.first([*fields, ("tag", self.tags)], name_fields.CLUSTERS)

    def _labels(self) -> dict[str, str]:
        fields = {"reason": line(self.reason, LABEL_CHARACTERS), "quiet": line(self.quiet)}
        return {**self.tags, **{key: text for key, text in fields.items() if text}}


def _first_datapoint(reason: str) -> datetime | None:
    """The earliest datapoint that the reason quotes: `[99.5 (02/10/19 16:59:00)]`, day first, in UTC."""
    times: list[datetime] = []
    for text in _DATAPOINT.findall(reason):
        try:
            times.append(datetime.strptime(text, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC))
        except ValueError:
            continue
    return min(times, default=None)
