"""Looks at a scenario's conditions with the real clients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from kubernetes.client import ApiException

from sre_lab.scenario.conditions import (
    AlarmOkCondition,
    FieldCondition,
    HealthCondition,
    MetricCondition,
    ObjectReference,
    PodsCondition,
    PresenceCondition,
    ReadyCondition,
    RecentTimeCondition,
)
from sre_lab.scenario.schema import one_form
from tests.lab_scenarios.stage import Stage, moment

Obj = dict[str, Any]
OVER = ("Succeeded", "Failed")  # pods that were thrown out stay in the list and count for nothing


def first_unmet(stage: Stage, conditions: list[HealthCondition]) -> str:
    """The first condition that does not hold now, in words; empty when all hold."""
    for condition in conditions:
        form = one_form(condition)
        if not LOOKS[form](stage, getattr(condition, form)):
            return f"{form}: {getattr(condition, form)!r}"
    return ""


def alarm_state(stage: Stage, name: str) -> tuple[str, float]:
    """(state, epoch seconds since when)."""
    alarms = stage.aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert alarms, f"there is no alarm {name}"
    return alarms[0]["StateValue"], alarms[0]["StateUpdatedTimestamp"].timestamp()


def fetch(stage: Stage, what: ObjectReference) -> Obj | None:
    try:
        obj: Obj = stage.kind(what.kind).get(name=what.name, namespace=what.namespace or None).to_dict()
        return obj
    except ApiException as refusal:
        if refusal.status == 404:
            return None
        raise


def _alarm(stage: Stage, condition: AlarmOkCondition) -> bool:
    state, since = alarm_state(stage, condition.name)
    return state == "OK" and stage.now() - since >= condition.ok_for


def _ready(stage: Stage, condition: ReadyCondition) -> bool:
    result = fetch(stage, condition)
    if result is None or not _complete(result, condition.replicas):
        return False
    labels = result["spec"]["selector"]["matchLabels"]
    until = stage.now() - condition.steady_for
    found_pods = [pod for pod in pods(stage, condition.namespace, labels) if pod["status"].get("phase") not in OVER]
    return all(_steady(pod, until) for pod in found_pods)


def _complete(workload: Obj, replicas: int) -> bool:
    spec, status = workload["spec"], workload.get("status") or {}
    if status.get("observedGeneration") != workload["metadata"]["generation"]:
        return False
    if workload["kind"] == "DaemonSet":
        expected = status.get("desiredNumberScheduled", 0)
        counts = [status.get(n, 0) for n in ("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable")]
    else:
        expected = spec.get("replicas", 1)
        counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return expected >= replicas and all(count == expected for count in counts)


def _steady(pod: Obj, until: float) -> bool:
    """Whether all its containers run and none of them was started after `until`."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    started = [moment(((s.get("state") or {}).get("running") or {}).get("startedAt")) for s in statuses]
    return bool(started) and max(started) <= until and not pod["metadata"].get("deletionTimestamp")


def pods(stage: Stage, namespace: str, labels: dict[str, str]) -> list[Obj]:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    result = stage.kind("Pod").get(namespace=namespace, label_selector=selector)
    return [pod.to_dict() for pod in result.items]


def _present(stage: Stage, condition: PresenceCondition) -> bool:
    result = fetch(stage, condition)
    if result is None or result["metadata"].get("deletionTimestamp"):
        return False
    return stage.now() - moment(result["metadata"]["creationTimestamp"]) >= condition.older_than


def _absent(stage: Stage, reference: ObjectReference) -> bool:
    return fetch(stage, reference) is None


def _field(stage: Stage, condition: FieldCondition) -> bool:
    result = fetch(stage, condition)
    return result is not None and value_at(result, condition.path) == condition.equals


def _recent(stage: Stage, condition: RecentTimeCondition) -> bool:
    result = fetch(stage, condition)
    output = value_at(result, condition.path) if result else None
    return output is not None and 0 <= stage.now() - moment(output) < condition.within


def value_at(obj: Obj, path: str | list[str]) -> Any:
    value: Any = obj
    for part in path.split(".") if isinstance(path, str) else path:
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _metric(stage: Stage, condition: MetricCondition) -> bool:
    """By the periods that are over: the one that runs is not yet what it will be."""
    end = datetime.fromtimestamp(stage.now() // condition.period * condition.period, UTC)
    points = stage.aws("cloudwatch").get_metric_statistics(
        Namespace=condition.namespace,
        MetricName=condition.metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in condition.dimensions.items()],
        StartTime=end - timedelta(seconds=condition.span),
        EndTime=end,
        Period=condition.period,
        Statistics=[condition.statistic],
    )["Datapoints"]
    if not points:
        return condition.missing_is_well
    values = [point[condition.statistic] for point in points]
    low = condition.below is None or max(values) < condition.below
    return low and (condition.above is None or min(values) > condition.above)


def _pods(stage: Stage, condition: PodsCondition) -> bool:
    result = pods(stage, condition.namespace, condition.labels)
    return len(result) >= condition.at_least and all(pod["status"].get("phase") == condition.phase for pod in result)


LOOKS: dict[str, Any] = {
    "alarm": _alarm,
    "ready": _ready,
    "present": _present,
    "absent": _absent,
    "field": _field,
    "recent": _recent,
    "metric": _metric,
    "pods": _pods,
}
