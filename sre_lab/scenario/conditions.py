"""What proves that a scenario's system is well: each line can be read off the live APIs at one moment.

No condition looks at a fact of the world. A span inside a condition ("OK for so long") is judged by the times that the
APIs themselves carry, so that one look is enough.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sre_lab.scenario.schema import ScenarioPart, Span, one_form


class ObjectReference(ScenarioPart):
    """An object of the cluster; `namespace` is empty for kinds without one."""

    kind: str
    namespace: str = ""
    name: str


class AlarmOkCondition(ScenarioPart):
    """The CloudWatch alarm is OK, and has been for `ok_for`."""

    name: str
    ok_for: Span = 60.0


class ReadyCondition(ObjectReference):
    """All replicas of a Deployment, StatefulSet or DaemonSet are updated and available, at least `replicas` of them,
    and every container of its pods has run since `steady_for` ago: so long nothing was restarted or replaced."""

    replicas: int = 1
    steady_for: Span = 60.0


class PresenceCondition(ObjectReference):
    """The object is there, is not being deleted, and was created at least `older_than` ago: it was not replaced."""

    older_than: Span = 0.0


class FieldCondition(ObjectReference):
    """One field of an object. `path` is dotted, a list's element by its number: `spec.ports.0.targetPort`; a key that
    contains dots is written as a list. An absent field equals null."""

    path: str | list[str]
    equals: bool | int | float | str | None


class RecentTimeCondition(ObjectReference):
    """A time in an object's field is less than `within` ago, as `status.lastSuccessfulTime` of a CronJob."""

    path: str
    within: Span


class MetricCondition(ScenarioPart):
    """Every datapoint of the last `span` stands `below` or `above` a bound, and there is at least one; where no data is
    sent when nothing happens, `missing_is_well` says that silence is good."""

    namespace: str
    metric: str
    dimensions: dict[str, str] = {}
    statistic: Literal["Sum", "Average", "Maximum", "Minimum", "SampleCount"] = "Average"
    period: int = 60
    span: Span = 120.0
    below: float | None = None
    above: float | None = None
    missing_is_well: bool = False


class PodsCondition(ScenarioPart):
    """The pods with these labels: all in `phase`, and at least `at_least` of them."""

    namespace: str
    labels: dict[str, str] = Field(min_length=1)
    phase: Literal["Pending", "Running", "Succeeded", "Failed"] = "Running"
    at_least: int = 1


class HealthCondition(ScenarioPart):
    """Exactly one form."""

    alarm: AlarmOkCondition | None = None
    ready: ReadyCondition | None = None
    present: PresenceCondition | None = None
    absent: ObjectReference | None = None
    field: FieldCondition | None = None
    recent: RecentTimeCondition | None = None
    metric: MetricCondition | None = None
    pods: PodsCondition | None = None

    @model_validator(mode="after")
    def _one(self) -> HealthCondition:
        one_form(self)
        return self
