"""What breaks on a path: one function for each link that can give way, in whatever layout it stands.

Each takes the last caller and whom it calls, changes the world, and says how the caller feels it and what is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.worlds import controllers, objects, unstarted, waiting, workloads
from tests.worlds.objects import Obj
from tests.worlds.parts import App, Draw
from tests.worlds.path_lines import Manner
from tests.worlds.situation import End, Expect


@dataclass(frozen=True)
class BrokenLink:
    """`host` and `port` where the caller asks for something else than the callee's own; `nameless`: callers may not
    even say whom they miss."""

    felt: tuple[Manner, ...]
    expect: Expect
    host: str = ""
    port: int = 0
    nameless: bool = False


Link = Callable[[Draw, App, App], BrokenLink]
DOWN: Final[tuple[Manner, ...]] = ("refused", "timeout")


def cause(*classes: str, subjects: tuple[str, ...] = (), says: tuple[str, ...] = ()) -> Expect:
    return Expect(("cause",), classes, subjects, says, may_propose=True)


def perhaps(*classes: str, says: tuple[str, ...] = (), never: tuple[str, ...] = ()) -> Expect:
    """What can be told, and not proven."""
    ends: tuple[End, ...] = ("open", "cause", "answered")
    return Expect(ends, classes, says=says, never=never, may_propose=True)


def _out_of_service(draw: Draw, callee: App) -> None:
    if callee.deployment["kind"] != "Deployment":
        controllers.unready(callee)
    controllers.fresh(draw, callee)


def crashes(draw: Draw, caller: App, callee: App) -> BrokenLink:
    workloads.break_app(callee, exit_code=draw.pick(1, 2, 139))
    last = draw.pick("panic: runtime error: index out of range", "FATAL bad schema", "Segmentation fault")
    for pod in callee.pods:
        draw.log(callee, ["starting", last], pod=pod)
    _out_of_service(draw, callee)
    return BrokenLink(DOWN, cause(subjects=(callee.subject,)), nameless=True)


def out_of_memory(draw: Draw, caller: App, callee: App) -> BrokenLink:
    workloads.break_app(callee, exit_code=137, restarts=draw.number(4, 20))
    for pod in callee.pods:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = "OOMKilled"
    _out_of_service(draw, callee)
    return BrokenLink(DOWN, cause("oom_killed", subjects=(callee.subject,)), nameless=True)


def image_missing(draw: Draw, caller: App, callee: App) -> BrokenLink:
    why = draw.pick("not found", "pull access denied, repository does not exist or may require authorization")
    unstarted.fail_pull(draw, callee, f"{callee.image}: {why}")
    _out_of_service(draw, callee)
    classes = ("image_pull_failed", "registry_auth_failed")
    return BrokenLink(DOWN, cause(*classes, subjects=(callee.subject,)), nameless=True)


def key_missing(draw: Draw, caller: App, callee: App) -> BrokenLink:
    kind, name = draw.pick("Secret", "ConfigMap"), f"{draw.name()}-{draw.pick('keys', 'config')}"
    message = f'{kind.lower()} "{name}" not found'
    unstarted.takes(callee, {f"{kind[0].lower()}{kind[1:]}Ref": {"name": name}})
    unstarted.waiting(draw, callee, "CreateContainerConfigError", message, ("Failed", f"Error: {message}"))
    _out_of_service(draw, callee)
    return BrokenLink(DOWN, cause("config_missing", says=(name,)), nameless=True)


def volume_pending(draw: Draw, caller: App, callee: App) -> BrokenLink:
    claim = workloads.claim_volume(draw, callee, phase="Pending")
    workloads.waits(draw, callee, claim)
    for one in draw.objects:
        if one["metadata"]["name"] == claim or any(one is pod for pod in callee.pods):
            one["metadata"]["creationTimestamp"] = objects.at(22)
    waiting.empty(draw, callee)
    return BrokenLink(DOWN, cause("volume_unprovisioned"), nameless=True)


def kept_out_by_probe(draw: Draw, caller: App, callee: App) -> BrokenLink:
    path, status = draw.pick("/ready", "/healthz", "/-/ready"), draw.pick(404, 500, 503)
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        probe = {"httpGet": {"path": path, "port": callee.port}, "periodSeconds": 10}
        one["spec"]["containers"][0]["readinessProbe"] = probe
    text = f"Readiness probe failed: HTTP probe failed with statuscode: {status}"
    for pod in callee.pods:
        changed = {"status": "False", "reason": "ContainersNotReady", "lastTransitionTime": objects.at(16)}
        pod["status"]["conditions"][0].update(changed)
        pod["status"]["containerStatuses"][0]["ready"] = False
        draw.objects.append(objects.event(pod, "Unhealthy", text, count=draw.number(40, 90), minutes=0.4))
    unstarted.unavailable(callee, 16)
    _out_of_service(draw, callee)
    return BrokenLink(DOWN, cause(subjects=(callee.subject,), says=("probe|ready",)), nameless=True)


def scaled_away(draw: Draw, caller: App, callee: App) -> BrokenLink:
    draw.objects[:] = [o for o in draw.objects if not any(o is pod for pod in callee.pods)]
    callee.pods.clear()
    callee.deployment["spec"]["replicas"] = callee.replica_set["spec"]["replicas"] = 0
    callee.deployment["status"], callee.replica_set["status"] = {"observedGeneration": 1}, {"replicas": 0}
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause("scaled_to_zero", subjects=(callee.subject,)), nameless=True)


def refused_by_quota(draw: Draw, caller: App, callee: App) -> BrokenLink:
    name = f"{draw.pick('team', 'compute', 'limits')}-{draw.suffix(4)}"
    hard = {"pods": "4"}
    draw.objects.append(
        {
            "kind": "ResourceQuota",
            "metadata": objects.meta(name, callee.namespace, 9000, {}),
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": {"pods": "4"}},
        }
    )
    text = f'pods "{{pod}}" is forbidden: exceeded quota: {name}, requested: pods=1, used: pods=4, limited: pods=4'
    unstarted.refuse(draw, callee, text)
    controllers.fresh(draw, callee)
    return BrokenLink(DOWN, cause("quota_exceeded", says=(name,)), nameless=True)


def no_node_fits(draw: Draw, caller: App, callee: App) -> BrokenLink:
    label = draw.pick("disktype", "pool", "zone-group")
    message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."
    for one in (callee.deployment["spec"]["template"], callee.replica_set["spec"]["template"], *callee.pods):
        one["spec"]["nodeSelector"] = {label: draw.pick("ssd", "batch", "east")}
    for pod in callee.pods:
        pod["metadata"]["creationTimestamp"] = objects.at(17)
        pod["spec"].pop("nodeName", None)
        condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        pod["status"] = {"phase": "Pending", "conditions": [{**condition, "lastTransitionTime": objects.at(17)}]}
        status = {"name": pod["spec"]["containers"][0]["name"], "ready": False, "restartCount": 0, "image": ""}
        pod["status"]["containerStatuses"] = [{**status, "state": {"waiting": {"reason": "ContainerCreating"}}}]
        draw.objects.append(objects.event(pod, "FailedScheduling", message, minutes=1))
    unstarted.unavailable(callee, 17)
    controllers.fresh(draw, callee)
    expect = cause("placement_impossible", "capacity_insufficient", subjects=(callee.subject,))
    return BrokenLink(DOWN, expect, nameless=True)


def node_lost(draw: Draw, caller: App, callee: App) -> BrokenLink:
    """Its pods sit on one node, that of nobody else who calls."""
    node = f"ip-10-0-{draw.number(20, 90)}-{draw.number(10, 250)}.internal"
    draw.objects.append(objects.node(node))
    for pod in callee.pods:
        pod["spec"]["nodeName"] = node
        pod["status"]["containerStatuses"][0]["ready"] = False
    workloads.lose(draw, node)
    unstarted.unavailable(callee)
    controllers.fresh(draw, callee)
    return BrokenLink(("timeout",), cause("node_not_ready", says=(node.replace(".", r"\."),)), nameless=True)


EMPTY_BEHIND: Final[tuple[Link, ...]] = (
    crashes,
    out_of_memory,
    image_missing,
    key_missing,
    volume_pending,
    kept_out_by_probe,
    scaled_away,
    refused_by_quota,
    no_node_fits,
    node_lost,
)
KINDS_OF_ANY: Final[tuple[Link, ...]] = (crashes, out_of_memory, kept_out_by_probe)  # also where it is no Deployment


def without_slice(draw: Draw, callee: App) -> None:
    name, place = callee.slice["metadata"]["name"], callee.namespace
    keep: list[Obj] = []
    for one in draw.objects:
        meta = one["metadata"]
        if (one["kind"], meta["name"], meta.get("namespace")) != ("EndpointSlice", name, place):
            keep.append(one)
    draw.objects[:] = keep
