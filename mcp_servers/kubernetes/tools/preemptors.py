"""Who took the place of preempted pods: the scheduler's event has no more of that pod than its uid and its node."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.reading import Lists, read
from mcp_servers.kubernetes.snapshot.workload_tree import top

_BY: Final = re.compile(r"[Pp]reempted by (?:a )?(?:pod )?(\S+) on node (\S+)")


def with_preemptors(api: Api, observations: list[Observation], lists: Lists) -> list[Observation]:
    """The observations, those of preempted pods with the workload and the priority of what took their place."""
    return [_with_preemptor(api, x, lists) if x.attributes.get("why") == "preempted" else x for x in observations]


def _with_preemptor(api: Api, observation: Observation, lists: Lists) -> Observation:
    match = _BY.search(str(observation.attributes.get("message", "")))
    if match is None or "priority_class" not in OBSERVATIONS[observation.code].attributes:
        return observation
    taker = _pod(match[1], lists.of("Pod"))
    if taker is None:
        there = read(api, "", ["Pod"], beside=True, fields={"Pod": [f"spec.nodeName={match[2]}"]})
        taker = _pod(match[1], there.of("Pod"))
    if taker is None:
        return observation
    return observation.model_copy(
        update={"attributes": {**observation.attributes, **_attributes(taker, lists, api.name)}}
    )


def _pod(uid: str, pods: Iterable[Obj]) -> Obj | None:
    return next((pod for pod in pods if uid in (o.meta(pod).get("uid"), o.name(pod))), None)


def _attributes(pod: Obj, lists: Lists, scope: str) -> dict[str, Any]:
    spec = o.spec(pod)
    attributes: dict[str, Any] = {"by": _workload(pod, lists, scope).short}
    attributes |= {"priority_class": str(spec["priorityClassName"])} if spec.get("priorityClassName") else {}
    return attributes | ({"priority": int(spec["priority"])} if spec.get("priority") is not None else {})


def _workload(pod: Obj, lists: Lists, scope: str) -> Subject:
    """The topmost owner; where only the pod was read, the Deployment whose ReplicaSet carries the pod's own hash."""
    root = top(pod, lists)
    kind, name = o.owner(root)[:2] if root is pod else ("", "")
    digest = o.labels(pod).get("pod-template-hash")
    if kind == "ReplicaSet" and digest and name.endswith(f"-{digest}"):
        kind, name = "Deployment", name.removesuffix(f"-{digest}")
    subject = o.subject(scope, root)
    return subject.model_copy(update={"kind": kind, "name": name}) if kind else subject
