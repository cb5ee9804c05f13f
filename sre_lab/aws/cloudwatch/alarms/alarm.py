"""An alarm: what it watches, the state it is in, and the alarms that a world has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from sre_lab.aws.cloudwatch.expressions.metric_data_queries import MetricDataQuery
from sre_lab.aws.errors import AwsError
from sre_lab.aws.per_world import PerWorld
from sre_lab.world import World

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
INITIAL_REASON = "Unchecked: Initial alarm creation"
Suppression = Literal["", "Alarm", "WaitPeriod", "ExtensionPeriod"]


@dataclass(frozen=True)
class AlarmState:
    """`reason_data` is a JSON text, empty where there is none; `at` in epoch seconds."""

    value: str
    reason: str
    reason_data: str
    at: float


@dataclass
class Alarm:
    """What both kinds of alarm have. `config` holds the parameters with which it was put."""

    name: str
    arn: str
    config: dict[str, Any]
    configured_at: float
    state: AlarmState
    previous: AlarmState
    transitioned_at: float
    generation: int = 0  # rises when the alarm is configured anew, so that an older schedule ends
    kind: ClassVar[str] = ""  # as AlarmTypes names it

    @property
    def actions_enabled(self) -> bool:
        return self.config.get("ActionsEnabled") is not False

    def actions(self) -> list[str]:
        """ARNs of what is to happen in the present state."""
        key = {"OK": "OKActions", "ALARM": "AlarmActions"}.get(self.state.value, "InsufficientDataActions")
        return list(self.config.get(key) or [])


@dataclass
class MetricAlarm(Alarm):
    """Compares a metric, or what metric math makes of several, with a threshold or an expected band."""

    queries: list[MetricDataQuery] = field(default_factory=list)
    period: int = 60
    kind: ClassVar[str] = "MetricAlarm"

    @property
    def band(self) -> MetricDataQuery | None:
        """The query of the band that is the threshold; None where the threshold is a number."""
        return next((q for q in self.queries if q.id == self.config.get("ThresholdMetricId")), None)

    @property
    def watched_query(self) -> MetricDataQuery:
        """The query whose points are compared with the threshold."""
        return compared_query(self.queries, self.config)


@dataclass
class CompositeAlarm(Alarm):
    """Follows from the states of other alarms. The rule is read when it is needed, from `config`."""

    suppressed_by: Suppression = ""
    suppressed_reason: str = ""
    hold_ends: float = 0.0  # when a wait or extension period ends that holds its actions back now
    extension_ends: float = 0.0  # until when its suppressor still counts after having been in ALARM
    deferred_state: str = ""  # the state whose actions are held back
    kind: ClassVar[str] = "CompositeAlarm"

    @property
    def suppressor(self) -> str:
        """The name of the alarm that holds its actions back, empty where there is none."""
        return name_in(str(self.config.get("ActionsSuppressor") or ""))


Listener = Callable[[World, Alarm], None]
alarms_by_name: PerWorld[dict[str, Alarm]] = PerWorld(dict)  # the alarms of a world by name
on_change: PerWorld[list[Listener]] = PerWorld(list)  # told after an alarm has got another state


def compared_query(queries: list[MetricDataQuery], config: dict[str, Any]) -> MetricDataQuery:
    """Of the queries of a metric alarm, the one whose points are compared with the threshold or band."""
    return next(query for query in queries if query.returns_data and query.id != config.get("ThresholdMetricId"))


def find_alarm(world: World, name: str) -> Alarm:
    """The alarm of this name; AwsError ResourceNotFound."""
    alarm = alarms_by_name.of(world).get(name)
    if alarm is None:
        raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", status=404)
    return alarm


def arn_of(world: World, name: str) -> str:
    return f"arn:aws:cloudwatch:{world.cluster.region}:{world.cluster.account}:alarm:{name}"


def name_in(name_or_arn: str) -> str:
    """The alarm's name, given as such or within its ARN."""
    return name_or_arn.split(":alarm:", 1)[1] if name_or_arn.startswith("arn:") else name_or_arn


def moment(at: float) -> str:
    """A time as alarm messages and reason data carry it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
