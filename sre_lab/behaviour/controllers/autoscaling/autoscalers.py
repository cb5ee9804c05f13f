"""The controller of HorizontalPodAutoscalers: looks at each every 15 seconds and sets the size of its target."""

from __future__ import annotations

from sre_lab.behaviour import frozen
from sre_lab.behaviour.controllers.autoscaling.measurements import (
    MeasuringError,
    ReplicaProposal,
    by_average,
    by_utilisation,
    milli,
)
from sre_lab.behaviour.controllers.autoscaling.scaling_behaviour import ScalingHistory
from sre_lab.behaviour.controllers.controller import Controller
from sre_lab.clock import rfc3339
from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj, ObjectChange
from sre_lab.world import World

SYNC_SECONDS = 15.0  # --horizontal-pod-autoscaler-sync-period
SCALABLE = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
SOURCES = {"Resource": "resource", "ContainerResource": "containerResource"}
ABLE, ACTIVE, LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"


class AutoscalerController(Controller):
    kind = "HorizontalPodAutoscaler"
    component = "horizontal-pod-autoscaler"
    owns = ()

    def __init__(self, world: World) -> None:
        self._memories: dict[str, ScalingHistory] = {}
        super().__init__(world)

    def add(self, obj: Obj, *, delay: float | None = None) -> None:
        super().add(obj, delay=SYNC_SECONDS if delay is None else delay)

    def on_change(self, change: ObjectChange) -> None:
        if change.object["kind"] == self.kind and change.type != "DELETED":
            self.add(change.object)

    def sync(self, obj: Obj) -> None:
        target = self._target(obj)
        self.add(obj)
        if isinstance(target, str):
            if self.world.frozen:  # the recording may have left it out
                return
            self.tell(obj, "Warning", "FailedGetScale", target)
            text = f"the HPA controller was unable to get the target's current scale: {target}"
            self._write(obj, obj.get("status") or {}, {ABLE: ("False", "FailedGetScale", text)})
        elif not frozen.is_frozen(self.world, target):
            self._size(obj, target)

    def _target(self, obj: Obj) -> Obj | str:
        """The object to scale, or why there is none."""
        reference = obj["spec"]["scaleTargetRef"]
        kind, name = reference["kind"], reference["name"]
        if kind not in SCALABLE:
            group = reference.get("apiVersion", "").partition("/")[0]
            return f'no matches for kind "{kind}" in group "{group}"'
        target = self.world.objects.get(kind, obj["metadata"]["namespace"], name)
        return target or f'{of_kind(kind).qualified} "{name}" not found'

    def _size(self, obj: Obj, target: Obj) -> None:
        spec, current = obj["spec"], int(target["spec"].get("replicas", 1))
        conditions = {
            ABLE: ("True", "SucceededGetScale", "the HPA controller was able to get the target's current scale")
        }
        status = {**(obj.get("status") or {}), "currentReplicas": current}
        status.setdefault("desiredReplicas", 0)
        least = int(spec.get("minReplicas") or 1)
        desired, reason = current, ""
        if current == 0 and least != 0:
            text = "scaling is disabled since the replica count of the target is zero"
            conditions[ACTIVE] = ("False", "ScalingDisabled", text)
            desired = 0
        elif current > int(spec["maxReplicas"]):
            desired, reason = int(spec["maxReplicas"]), "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            desired, reason = least, "Current number of replicas below Spec.MinReplicas"
        else:
            proposal = self._propose(obj, target, current, status, conditions)
            if proposal is None:
                self._write(obj, status, conditions)
                return
            desired, reason = proposal
        if desired != current:
            self._resize(obj, target, current, desired, reason)
            text = f"the HPA controller was able to update the target scale to {desired}"
            conditions[ABLE] = ("True", "SucceededRescale", text)
            status["lastScaleTime"] = rfc3339(self.world.clock.now())
        self._write(obj, {**status, "desiredReplicas": desired}, conditions)

    def _propose(
        self, obj: Obj, target: Obj, current: int, status: Obj, conditions: dict[str, tuple[str, str, str]]
    ) -> tuple[int, str] | None:
        """The replicas that the metrics ask for and the autoscaler may set, with the reason; None when none counts."""
        pods = self._pods(target)
        current_metrics: list[Obj] = []
        proposals: list[tuple[int, str]] = []
        problems: list[tuple[str, str, str]] = []
        for metric in obj["spec"].get("metrics") or []:
            try:
                proposal = self._measure(pods, current, metric)
            except MeasuringError as problem:
                reason = f"FailedGet{metric['type']}Metric"
                self.tell(obj, "Warning", reason, str(problem))
                problems.append((reason, str(problem), _origin(metric)))
                current_metrics.append({"type": ""})
                continue
            proposals.append((proposal.replicas, _name(metric)))
            current_metrics.append(_metric_status(metric, proposal))
        status["currentMetrics"] = current_metrics
        desired, name = max(proposals, key=lambda p: p[0], default=(0, ""))
        if problems and (not proposals or desired < current):
            reason, text, origin = problems[0]
            conditions[ACTIVE] = ("False", reason, f"the HPA was unable to compute the replica count: {text}")
            count = f"{len(problems)} invalid out of {len(current_metrics)}"
            first = f"invalid metrics ({count}), first error is: failed to get {origin} metric value: {text}"
            self.tell(obj, "Warning", "FailedComputeMetricsReplicas", first)
            return None
        text = f"the HPA was able to successfully calculate a replica count from {name}"
        conditions[ACTIVE] = ("True", "ValidMetricFound", text)
        memory = self._memories.setdefault(obj["metadata"]["uid"], ScalingHistory())
        verdict = memory.allow(obj["spec"], current, desired, self.world.clock.now())
        conditions[ABLE], conditions[LIMITED] = verdict.able, verdict.limited
        return verdict.replicas, f"{name} above target" if desired > current else "All metrics below target"

    def _measure(self, pods: list[Obj], current: int, metric: Obj) -> ReplicaProposal:
        """MeasuringError in the words that the autoscaler has for this kind of metric."""
        if metric["type"] not in SOURCES:
            raise MeasuringError(_not_served(metric))
        source = metric[SOURCES[metric["type"]]]
        name, container, target = source["name"], source.get("container", ""), source["target"]
        by_percent = target.get("averageUtilization") is not None
        try:
            if by_percent:
                percent = int(target["averageUtilization"])
                return by_utilisation(self.world, pods, current, name, container, percent)
            return by_average(self.world, pods, current, name, container, milli(target["averageValue"]))
        except MeasuringError as problem:
            raise MeasuringError(
                f"failed to get {name} {'utilization' if by_percent else 'usage'}: {problem}"
            ) from None

    def _pods(self, target: Obj) -> list[Obj]:
        selector = target["spec"].get("selector")
        if target["kind"] == "ReplicationController":
            selector = {"matchLabels": selector}
        pods = self.world.objects.all("Pod", target["metadata"]["namespace"])
        return [pod for pod in pods if matches(selector, pod["metadata"].get("labels") or {})]

    def _resize(self, obj: Obj, target: Obj, current: int, desired: int, reason: str) -> None:
        meta = target["metadata"]
        self.world.objects.edit(
            target["kind"], meta["namespace"], meta["name"], lambda new: new["spec"].update(replicas=desired)
        )
        self.tell(obj, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {reason}")
        memory = self._memories.setdefault(obj["metadata"]["uid"], ScalingHistory())
        memory.note_change(desired - current, self.world.clock.now())

    def _write(self, obj: Obj, status: Obj, conditions: dict[str, tuple[str, str, str]]) -> None:
        at = rfc3339(self.world.clock.now())
        by_type = {c["type"]: c for c in (obj.get("status") or {}).get("conditions") or []}
        for kind, (state, reason, message) in conditions.items():
            since = by_type[kind]["lastTransitionTime"] if by_type.get(kind, {}).get("status") == state else at
            new = {"type": kind, "status": state, "reason": reason, "message": message}
            by_type[kind] = {**new, "lastTransitionTime": since}
        self.put_status(obj, {"desiredReplicas": 0, **status, "conditions": list(by_type.values())})


def _origin(metric: Obj) -> str:
    """How the summary of an error names the metric."""
    kind = str(metric["type"])
    if kind == "ContainerResource":
        return f"{metric['containerResource']['name']} container"
    if kind == "Resource":
        return f"{metric['resource']['name']} resource"
    return {"Pods": "pods", "Object": "object", "External": "external"}.get(kind, kind)


def _name(metric: Obj) -> str:
    """How a decision names the metric."""
    source = metric[SOURCES[metric["type"]]]
    word = "resource" if metric["type"] == "Resource" else "container resource"
    relative = source["target"].get("averageUtilization") is not None
    return f"{source['name']} {word}{' utilization (percentage of request)' if relative else ''}"


def _not_served(metric: Obj) -> str:
    """Metrics of applications need an adapter, which this cluster does not have."""
    if metric["type"] == "External":
        name = metric["external"]["metric"]["name"]
        missing = f"the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
        return f"unable to get external metric {name}: unable to fetch metrics from external metrics API: {missing}"
    name = metric[metric["type"].lower()]["metric"]["name"]
    missing = "no custom metrics API (custom.metrics.k8s.io) registered"
    return f"unable to get metric {name}: unable to fetch metrics from custom metrics API: {missing}"


def _metric_status(metric: Obj, proposal: ReplicaProposal) -> Obj:
    source = metric[SOURCES[metric["type"]]]
    current: Obj = {"averageValue": _quantity(proposal.average)}
    if proposal.percent is not None:
        current = {"averageUtilization": proposal.percent, **current}
    identity = {key: source[key] for key in ("name", "container") if key in source}
    return {"type": metric["type"], SOURCES[metric["type"]]: {**identity, "current": current}}


def _quantity(thousandths: int) -> str:
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)
