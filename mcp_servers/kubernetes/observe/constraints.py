"""What steers or restrains workloads: autoscalers, disruption budgets, quotas, and selectors that take nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mcp_servers.kubernetes.observe import scaler_targets
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot import selection
from mcp_servers.kubernetes.snapshot.kinds import KINDS
from mcp_servers.kubernetes.snapshot.namespaces import Fact, Surroundings
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.snapshot.workload_tree import top

_EXCEEDED = re.compile(
    r"[^:]{0,60}\"[^\"]{1,253}\" is forbidden: exceeded quota: (?P<quota>[\w.-]+), requested: (?P<requested>[^ ]+)"
    r".{0,120}"
)
CONDITIONS = ("AbleToScale", "ScalingActive")


def scalers(around: Surroundings, among: Iterable[Obj] | None = None) -> Iterator[Fact]:
    """Autoscalers (`among` these) that cannot act, that want more than they may, or whose target is not there.

    One whose target is scaled to zero rests by intention, and one at its minimum has no need.
    """
    for scaler in around.lists.of("HorizontalPodAutoscaler") if among is None else among:
        target = o.spec(scaler).get("scaleTargetRef") or {}
        kind, name = str(target.get("kind", "")), str(target.get("name", ""))
        if kind in KINDS:
            yield around.relation("scales", around.subject(scaler), around.subject_named(kind, name))
            if around.is_absent(kind, name):
                yield around.missing(scaler, kind, name)
        yield from scaler_targets.observe(around, scaler)
        if others := _others(around, scaler):
            yield around.observed("scaler.conflict", scaler, target=f"{kind} {name}", others=others)
        for condition in o.status(scaler).get("conditions") or []:
            if condition.get("type") in CONDITIONS and condition.get("status") == "False":
                if condition.get("reason") != "ScalingDisabled":
                    yield _block(around, scaler, condition)
            elif _wants_more(condition):
                yield around.observed(
                    "scaler.at_maximum", scaler, at=o.instant(condition.get("lastTransitionTime")),
                    text=str(condition.get("message") or ""), maximum=int(o.spec(scaler).get("maxReplicas") or 0),
                    replicas=int(o.status(scaler).get("currentReplicas") or 0), **_beyond(scaler),
                )  # fmt: skip
        if (rest := _rest(scaler)) is not None:
            yield around.observed(
                "scaler.at_minimum", scaler, at=o.instant(rest.get("lastTransitionTime")),
                text=str(rest.get("message") or ""), replicas=int(o.status(scaler).get("currentReplicas") or 0),
                minimum=int(o.spec(scaler).get("minReplicas") or 1),
                maximum=int(o.spec(scaler).get("maxReplicas") or 0),
            )  # fmt: skip


def budgets(around: Surroundings) -> Iterator[Fact]:
    """Budgets that allow no eviction, with the nodes that are being drained of their pods; those that take no pod;
    and pods that several cover, which nothing can evict."""
    by_root: dict[int, tuple[Obj, list[str]]] = {}
    for budget in around.lists.of("PodDisruptionBudget"):
        selector, subject = o.spec(budget).get("selector"), around.subject(budget)
        pods = [p for p in selection.pods(selector, around.lists) if not o.is_over(p)]
        if not pods and not selection.workloads(selector, around.lists):
            yield from _takes_nothing(around, budget)
        roots = {id(r): r for r in (top(p, around.lists) for p in pods)}
        for key, root in roots.items():
            by_root.setdefault(key, (root, []))[1].append(o.name(budget))
            yield around.relation("guards", subject, around.subject(root))
        status = o.status(budget)
        if status.get("expectedPods") and status.get("disruptionsAllowed") == 0:
            draining = _draining(around, pods)
            yield around.observed(
                "budget.exhausted", budget, healthy=int(status.get("currentHealthy") or 0),
                desired=int(status.get("desiredHealthy") or 0), expected=int(status["expectedPods"]),
                draining=draining,
            )  # fmt: skip
            if draining:
                yield around.observed(
                    "budget.blocks_drain", budget, nodes=draining, healthy=int(status.get("currentHealthy") or 0),
                    desired=int(status.get("desiredHealthy") or 0), expected=int(status["expectedPods"]),
                    all_required=_requires_all(status),
                )  # fmt: skip
    for root, names in by_root.values():
        if len(names) > 1:
            yield around.observed("budget.overlap", root, budgets=sorted(names))


def quotas(around: Surroundings) -> Iterator[Fact]:
    """Quotas of which nothing is left. What is limited to none at all is meant so."""
    for quota in around.lists.of("ResourceQuota"):
        used = o.status(quota).get("used") or {}
        for resource, hard in (o.status(quota).get("hard") or {}).items():
            most, has = amount(hard), amount(used.get(resource))
            if most and has is not None and has >= most:
                yield around.observed(
                    "quota.exhausted", quota, resource=resource, used=str(used[resource]), hard=str(hard)
                )
                for tree in around.trees:
                    if tree.root.get("kind") != "Pod" and len(around.trees) <= 20:
                        yield around.relation("limits", around.subject(quota), tree.subject)


def quota_refusals(around: Surroundings) -> Iterator[Fact]:
    """What quotas refused to let be made for objects that are no longer there, as events still tell."""
    for event in around.lists.of("Event"):
        kind, name = o.involved(event)
        match = _EXCEEDED.search(str(event.get("message", "")))
        if match is None or kind not in around.lists.objects or around.lists.by_name(kind, name) is not None:
            continue
        quota = around.lists.by_name("ResourceQuota", match["quota"])
        if quota is not None:
            yield around.observed(
                "quota.refused", quota, at=o.last_seen(event), text=match[0], object=f"{kind}/{name}",
                requested=match["requested"], count=o.times_seen(event),
            )  # fmt: skip


def lacks_pods(workload: Obj, events: Iterable[Obj]) -> bool:
    """Whether pods were wanted and refused, or fewer are there than wanted."""
    replicas = o.spec(workload).get("replicas")
    short = replicas is not None and int(o.status(workload).get("replicas") or 0) < int(replicas)
    return short or any(e.get("reason") == "FailedCreate" for e in events)


def policies(around: Surroundings) -> Iterator[Fact]:
    """NetworkPolicies that take no pod. One with an empty selector is about every pod, also later ones."""
    for policy in around.lists.of("NetworkPolicy"):
        selector = o.spec(policy).get("podSelector") or {}
        if not selector or not around.lists.has("Pod"):
            continue
        pods = selection.pods(selector, around.lists)
        if not pods and not selection.workloads(selector, around.lists):
            yield from _takes_nothing(around, policy)
        for root in {id(r): r for r in (top(p, around.lists) for p in pods)}.values():
            yield around.relation("guards", around.subject(policy), around.subject(root))


def workloads(around: Surroundings) -> Iterator[Fact]:
    """Workloads whose selector cannot take the pods of their own template."""
    for tree in around.trees:
        root = tree.root
        if root.get("kind") not in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
            continue
        selector = o.spec(root).get("selector")
        if not selector or root not in selection.workloads(selector, around.lists):
            yield from _takes_nothing(around, root)


def _others(around: Surroundings, scaler: Obj) -> list[str]:
    """The other autoscalers of the same target: each undoes what the next one does, or neither acts."""
    target = _target(scaler)
    of_it = [s for s in around.lists.of("HorizontalPodAutoscaler") if _target(s) == target]
    return sorted(o.name(s) for s in of_it if o.name(s) != o.name(scaler))


def _target(scaler: Obj) -> tuple[str, str]:
    reference = o.spec(scaler).get("scaleTargetRef") or {}
    return str(reference.get("kind", "")), str(reference.get("name", ""))


def _wants_more(condition: Obj) -> bool:
    limited = condition.get("type") == "ScalingLimited" and condition.get("status") == "True"
    return limited and condition.get("reason") == "TooManyReplicas"


def _rest(scaler: Obj) -> Obj | None:
    """The condition by which an autoscaler that measures and acts is held at its minimum, as less would do; None where
    it cannot act, has fewer than it wants, or its pods use more than it aims at."""
    conditions = {str(c.get("type")): c for c in o.status(scaler).get("conditions") or []}
    limited, replicas = conditions.get("ScalingLimited") or {}, int(o.status(scaler).get("currentReplicas") or 0)
    acts = all((conditions.get(name) or {}).get("status") == "True" for name in CONDITIONS)
    wants_less = limited.get("status") == "True" and limited.get("reason") == "TooFewReplicas"
    has_them = replicas >= int(o.spec(scaler).get("minReplicas") or 1)
    has_them = has_them and replicas == int(o.status(scaler).get("desiredReplicas") or 0)
    return limited if acts and wants_less and has_them and not _beyond(scaler) else None


def _requires_all(status: Obj) -> bool:
    """Whether every pod is healthy and has to be, so that none can ever be evicted."""
    return bool(int(status.get("currentHealthy") or 0) >= status["expectedPods"] <= int(status["desiredHealthy"]))


def _beyond(scaler: Obj) -> dict[str, str | int]:
    """The resource that its pods use more of than it aims at, in per cent of what they ask for; and as many replicas
    as would use what it aims at, as the autoscaler counts."""
    aims = dict(_shares(o.spec(scaler).get("metrics"), "target"))
    for name, used in _shares(o.status(scaler).get("currentMetrics"), "current"):
        if name in aims and used > aims[name]:
            replicas = -(-int(o.status(scaler).get("currentReplicas") or 0) * used // aims[name]) if aims[name] else 0
            text = f"{name} {used} % of its pods' requests, {aims[name]} % target"
            return {"beyond": "yes", "measured": text, "wanted": replicas}
    return {}


def _shares(metrics: Any, field: str) -> Iterator[tuple[str, int]]:
    for metric in metrics or []:
        resource = metric.get("resource") or {}
        if (share := (resource.get(field) or {}).get("averageUtilization")) is not None:
            yield str(resource.get("name") or ""), int(share)


def _block(around: Surroundings, scaler: Obj, condition: Obj) -> Fact:
    return around.observed(
        "scaler.blocked",
        scaler,
        at=o.instant(condition.get("lastTransitionTime")),
        text=str(condition.get("message") or ""),
        condition=str(condition.get("type")),
        reason=str(condition.get("reason") or ""),
        metric=_metric_in(scaler, str(condition.get("message") or "")),
    )


def _metric_in(scaler: Obj, message: str) -> str:
    """The metric of its own that the message names; empty without one."""
    metrics = [part for metric in o.spec(scaler).get("metrics") or [] for part in metric.values()]
    parts = [part for part in metrics if isinstance(part, dict)]
    names = (str(part.get("name") or (part.get("metric") or {}).get("name") or "") for part in parts)
    return next((name for name in names if name and name in message), "")


def _takes_nothing(around: Surroundings, obj: Obj) -> Iterator[Fact]:
    selector = o.spec(obj).get("selector") or o.spec(obj).get("podSelector") or {}
    if around.lists.has("Pod"):
        text = o.selector_text(selector.get("matchLabels") or {}) or "expressions" if selector else "none"
        yield around.observed("selector.takes_nothing", obj, selector=text)


def _draining(around: Surroundings, pods: list[Obj]) -> list[str]:
    names = {str(o.spec(p).get("nodeName") or "") for p in pods}
    nodes = [n for name in sorted(names) if (n := around.lists.by_name("Node", name)) is not None]
    return [o.name(n) for n in nodes if o.spec(n).get("unschedulable")]
