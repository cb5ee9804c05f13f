"""What the pods of a workload use, and how many of them that asks for.

The arithmetic is that of the real autoscaler: pods that are not ready yet, or of which there are no metrics, count such
that they never cause more change than the measured ones do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sre_lab.behaviour.controllers.pods import condition, phase
from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.clock import from_rfc3339
from sre_lab.kubernetes import metrics
from sre_lab.kubernetes.quantities import parse
from sre_lab.kubernetes.requests import UnknownPathError
from sre_lab.kubernetes.statuses import ApiStatusError
from sre_lab.objects.store import Obj
from sre_lab.world import World

TOLERANCE = 0.1
INITIALISATION_SECONDS = 300.0  # --horizontal-pod-autoscaler-cpu-initialization-period
READINESS_DELAY_SECONDS = 30.0  # --horizontal-pod-autoscaler-initial-readiness-delay
WINDOW_SECONDS = 15.0
Ratio = Callable[[dict[str, int]], float]  # of the use of these pods to the target


class MeasuringError(Exception):
    """There is no number of replicas to be had; the message says why, in the autoscaler's words."""


@dataclass(frozen=True)
class ReplicaProposal:
    """Replicas that one metric asks for; `average` in thousandths of the resource's unit, `percent` of the requests."""

    replicas: int
    average: int
    percent: int | None = None


@dataclass
class _Sample:
    """The pods that the selector finds, by what is known of them. Values in thousandths of the resource's unit."""

    values: dict[str, int]
    ready: int
    unready: list[str]
    missing: list[str]


def by_utilisation(
    world: World, pods: list[Obj], current: int, resource: str, container: str, percent: int
) -> ReplicaProposal:
    """Replicas at which the pods would use `percent` of what they request, on average."""
    sample = _sample(world, pods, resource, container)
    requests = {pod["metadata"]["name"]: _request(pod, resource, container) for pod in pods}
    total_request = sum(requests[name] for name in sample.values)
    used = sum(sample.values.values())
    share = used * 100 // total_request if total_request else 0

    def ratio(values: dict[str, int]) -> float:
        total = sum(requests[name] for name in values)
        return (sum(values.values()) * 100 // total if total else 0) / percent

    fallback = {name: requests[name] * max(100, percent) // 100 for name in sample.missing}
    replicas = _replicas(sample, current, ratio, fallback)
    return ReplicaProposal(replicas, used // len(sample.values), share)


def by_average(
    world: World, pods: list[Obj], current: int, resource: str, container: str, target: int
) -> ReplicaProposal:
    """Replicas at which a pod would use `target` thousandths on average."""
    sample = _sample(world, pods, resource, container)
    used = sum(sample.values.values())

    def ratio(values: dict[str, int]) -> float:
        return sum(values.values()) // len(values) / target

    replicas = _replicas(sample, current, ratio, dict.fromkeys(sample.missing, target))
    return ReplicaProposal(replicas, used // len(sample.values))


def milli(amount: str) -> int:
    return math.ceil(parse(amount) * 1000)


def _replicas(sample: _Sample, current: int, ratio: Ratio, fallback: dict[str, int]) -> int:
    first = ratio(sample.values)
    counts_unready = bool(sample.unready) and first > 1
    if not counts_unready and not sample.missing:
        return current if abs(1 - first) <= TOLERANCE else math.ceil(first * sample.ready)
    values = dict(sample.values)
    if first < 1:
        values |= fallback
    elif first > 1:
        values |= dict.fromkeys(sample.missing, 0)
    if counts_unready:
        values |= dict.fromkeys(sample.unready, 0)
    second = ratio(values)
    if abs(1 - second) <= TOLERANCE or (first < 1 < second) or (second < 1 < first):
        return current
    desired = math.ceil(second * len(values))
    if (second < 1 and desired > current) or (second > 1 and desired < current):
        return current
    return desired


def _sample(world: World, pods: list[Obj], resource: str, container: str) -> _Sample:
    values = _fetch(world, pods, resource, container)
    if not pods:
        raise MeasuringError("no pods returned by selector while calculating replica count")
    sample = _Sample({}, 0, [], [])
    for pod in pods:
        name = pod["metadata"]["name"]
        if pod["metadata"].get("deletionTimestamp") or phase(pod) == "Failed":
            continue
        if phase(pod) == "Pending" or (name in values and resource == "cpu" and _is_warming_up(world, pod)):
            sample.unready.append(name)
        elif name not in values:
            sample.missing.append(name)
        else:
            sample.values[name] = values[name]
            sample.ready += 1
    if not sample.values:
        raise MeasuringError("did not receive metrics for targeted pods (pods might be unready)")
    return sample


def _fetch(world: World, pods: list[Obj], resource: str, container: str) -> dict[str, int]:
    """By pod, from the metrics API as any client gets it."""
    try:
        metrics.require(world)
    except UnknownPathError:
        raise _unavailable(resource, "the server could not find the requested resource") from None
    except ApiStatusError as refused:
        raise _unavailable(resource, str(refused)) from None
    usage: dict[str, int] = {}
    for pod in pods:
        used = metrics.pod_metrics(world, pod_usage, pod)
        if container and used and container not in used:
            text = f"container {container} not present in metrics for pod {pod['metadata']['namespace']}/"
            raise MeasuringError(f"failed to get container metrics: {text}{pod['metadata']['name']}")
        amounts = [used[container]] if container and used else list(used.values())
        if amounts:
            place = 0 if resource == "cpu" else 1
            total = sum(amount[place] for amount in amounts)
            usage[pod["metadata"]["name"]] = math.ceil(total / 1e6) if resource == "cpu" else total * 1000
    if not usage:
        text = "no metrics returned from resource metrics API"
        raise MeasuringError(f"unable to get metrics for resource {resource}: {text}")
    return usage


def _unavailable(resource: str, problem: str) -> MeasuringError:
    text = f"unable to fetch metrics from resource metrics API: {problem} (get pods.metrics.k8s.io)"
    return MeasuringError(f"unable to get metrics for resource {resource}: {text}")


def _is_warming_up(world: World, pod: Obj) -> bool:
    """Whether the CPU of a pod says nothing yet: it has just started, or never became ready."""
    ready, started = condition(pod, "Ready"), (pod.get("status") or {}).get("startTime")
    if ready is None or not started:
        return True
    began, now = from_rfc3339(started), world.clock.now()
    since = from_rfc3339(ready["lastTransitionTime"]) if ready.get("lastTransitionTime") else began
    if began + INITIALISATION_SECONDS > now:
        return bool(ready["status"] == "False" or now < since + WINDOW_SECONDS)
    return bool(ready["status"] == "False" and began + READINESS_DELAY_SECONDS > since)


def _request(pod: Obj, resource: str, container: str) -> int:
    """Thousandths that the pod (or one container of it) requests; MeasuringError where a container requests none."""
    total = Decimal(0)
    for one in pod["spec"]["containers"]:
        if container and one["name"] != container:
            continue
        amount = ((one.get("resources") or {}).get("requests") or {}).get(resource)
        if amount is None:
            name = pod["metadata"]["name"]
            raise MeasuringError(f"missing request for {resource} in container {one['name']} of Pod {name}")
        total += parse(amount)
    return math.ceil(total * 1000)
