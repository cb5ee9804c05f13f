"""What kube-state-metrics tells of the containers of a pod, and cAdvisor of what is set for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sre_lab.clock import from_rfc3339
from sre_lab.instrumentation.exporters.metric_tables import ObjectMetric, Row, Tell, at, resource
from sre_lab.kubernetes.quantities import parse
from sre_lab.objects.store import Obj

STATES = ("running", "terminated", "waiting")
INIT = "initContainer"
Value = Callable[[Obj], Any]


def _each(of: str, value: Value) -> Tell:
    """One row for each container that has a status; none where `value` is None."""

    def tell(pod: Obj) -> Iterable[Row]:
        for status in at(pod, ("status", f"{of}Statuses")) or []:
            amount = value(status)
            if amount is not None:
                yield {"container": status["name"]}, float(amount)

    return tell


def _reason(of: str, *path: str) -> Tell:
    """1, with the reason that stands at the path."""

    def tell(pod: Obj) -> Iterable[Row]:
        for status in at(pod, ("status", f"{of}Statuses")) or []:
            if reason := at(status, (*path, "reason")):
                yield {"container": status["name"], "reason": str(reason)}, 1.0

    return tell


def _state(name: str) -> Value:
    return lambda status: name in (status.get("state") or {})


def _time(*path: str) -> Value:
    def value(status: Obj) -> float | None:
        moment = at(status, path)
        return from_rfc3339(moment) if moment else None

    return value


def _info(of: str) -> Tell:
    def tell(pod: Obj) -> Iterable[Row]:
        images = {c["name"]: c.get("image", "") for c in at(pod, ("spec", f"{of}s")) or []}
        for status in at(pod, ("status", f"{of}Statuses")) or []:
            labels = {
                "container": status["name"],
                "image_spec": images.get(status["name"], ""),
                "image": status.get("image", ""),
                "image_id": status.get("imageID", ""),
                "container_id": status.get("containerID", ""),
            }
            yield {name: value for name, value in labels.items() if value}, 1.0

    return tell


def _resources(of: str, part: str) -> Tell:
    def tell(pod: Obj) -> Iterable[Row]:
        node = {"node": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {}
        for container in at(pod, ("spec", f"{of}s")) or []:
            for name, quantity in ((container.get("resources") or {}).get(part) or {}).items():
                yield {"container": container["name"], **node, **resource(name)}, float(parse(quantity))

    return tell


def _of(lead: str, of: str, what: str) -> dict[str, ObjectMetric]:
    """The metrics that containers and init containers have in common."""
    metrics = {
        "info": ObjectMetric(f"Information about {what} in a pod.", _info(of)),
        "status_ready": ObjectMetric(
            "Describes whether the containers readiness check succeeded.",
            _each(of, lambda status: bool(status.get("ready"))),
        ),
        "status_restarts_total": ObjectMetric(
            f"The number of restarts for {what}.", _each(of, lambda status: status.get("restartCount", 0)), "counter"
        ),
        **{
            f"status_{state}": ObjectMetric(
                f"Describes whether {what} is currently in {state} state.", _each(of, _state(state))
            )
            for state in STATES
        },
        "status_waiting_reason": ObjectMetric(
            "Describes the reason the container is currently in waiting state.", _reason(of, "state", "waiting")
        ),
        "status_terminated_reason": ObjectMetric(
            "Describes the reason the container is currently in terminated state.", _reason(of, "state", "terminated")
        ),
        "status_last_terminated_reason": ObjectMetric(
            "Describes the last reason the container was in terminated state.", _reason(of, "lastState", "terminated")
        ),
        "resource_limits": ObjectMetric(f"The number of requested limit resource by {what}.", _resources(of, "limits")),
        "resource_requests": ObjectMetric(
            f"The number of requested request resource by {what}.", _resources(of, "requests")
        ),
    }
    return {f"kube_pod_{lead}_{name}": metric for name, metric in metrics.items()}


CONTAINERS = {
    **_of("container", "container", "a container"),
    **_of("init_container", INIT, "an init container"),
    "kube_pod_container_state_started": ObjectMetric(
        "Start time in unix timestamp for a pod container.", _each("container", _time("state", "running", "startedAt"))
    ),
    "kube_pod_container_status_last_terminated_exitcode": ObjectMetric(
        "Describes the exit code for the last container in terminated state.",
        _each("container", lambda status: at(status, ("lastState", "terminated", "exitCode"))),
    ),
    "kube_pod_container_status_last_terminated_timestamp": ObjectMetric(
        "Last terminated time for a pod container in unix timestamp.",
        _each("container", _time("lastState", "terminated", "finishedAt")),
    ),
}
