"""A metric alarm: what it watches, the state it is in, and what happened to it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sre_agent.lab.aws.beside import Beside
from sre_agent.lab.aws.cloudwatch.evaluation import Query, Stat
from sre_agent.lab.world import World

KEPT_ITEMS = 500  # history items of one alarm
INITIAL_REASON = "Unchecked: Initial alarm creation"
OUTPUT_ID = "alarmed"  # the id of the one metric of an alarm without MetricDataQueries


@dataclass(frozen=True)
class State:
    """`reason_data` is a JSON text, empty where there is none; `at` in epoch seconds."""

    value: str
    reason: str
    reason_data: str
    at: float


@dataclass(frozen=True)
class HistoryItem:
    at: float
    type: str  # StateUpdate | ConfigurationUpdate | Action
    summary: str
    data: str


@dataclass
class Alarm:
    """`config` holds the parameters of PutMetricAlarm, `queries` what they say to measure."""

    name: str
    arn: str
    config: dict[str, Any]
    queries: list[Query]
    period: int
    configured_at: float
    state: State
    previous: State
    transitioned_at: float
    history: deque[HistoryItem] = field(default_factory=lambda: deque(maxlen=KEPT_ITEMS))
    generation: int = 0  # rises when the alarm is configured anew, so that an older schedule ends

    @property
    def actions_enabled(self) -> bool:
        return self.config.get("ActionsEnabled") is not False

    @property
    def watched(self) -> Query:
        """The query whose points are compared with the threshold."""
        return next(query for query in self.queries if query.returned)

    def actions(self) -> list[str]:
        """ARNs of what is to happen in the present state."""
        key = {"OK": "OKActions", "ALARM": "AlarmActions"}.get(self.state.value, "InsufficientDataActions")
        return list(self.config.get(key) or [])


book: Beside[dict[str, Alarm]] = Beside(dict)  # the alarms of a world by name


def arn_of(world: World, name: str) -> str:
    return f"arn:aws:cloudwatch:{world.cluster.region}:{world.cluster.account}:alarm:{name}"


def single_stat(config: dict[str, Any], statistic: str, period: int) -> list[Query]:
    """The queries of an alarm on one metric."""
    dimensions = {d["Name"]: d["Value"] for d in config.get("Dimensions") or []}
    where = str(config.get("Namespace") or ""), str(config.get("MetricName") or "")
    return [Query(OUTPUT_ID, "", True, Stat(*where, dimensions, statistic, period, str(config.get("Unit") or "")))]


def moment(at: float) -> str:
    """A time as alarm messages and reason data carry it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
