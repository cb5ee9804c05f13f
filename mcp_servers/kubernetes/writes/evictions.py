"""Pods that are evicted, which the API server does only as far as every PodDisruptionBudget allows it.

Only a pod that its controller makes again is evicted. None of it can be undone: what comes back is another pod.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mcp_servers.contract.permits import Permit
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.change import BlastRadius, Change, refuse_no_name
from mcp_servers.kubernetes.writes.diffs import lines_digest
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.other_actors import other_actors
from mcp_servers.kubernetes.writes.patches import Replace
from mcp_servers.serving.errors import TeachingError

MAKERS: Final = {"ReplicaSet": "replicasets", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
MIRROR: Final = "kubernetes.io/config.mirror"  # of a static pod, which its node alone runs
NO_UNDO: Final = "the pod is gone for good; its controller makes another one"


class EvictPod(ObjectWrite):
    """The eviction of one pod that is made again."""

    tool = "kubectl_evict_pod"
    title = "Evict a pod"
    is_declared = False  # no source names a pod that a controller made

    def __init__(self, cluster: ClusterConnection, namespace: inputs.Permitted, name: inputs.EvictedPod) -> None:
        """Have a pod ended and made again by its controller, as far as disruption budgets allow it. A pod that nothing
        makes again is never evicted.
        """
        super().__init__(cluster, WriteLocation("Pod", "pods", namespace, name, group=""))

    @property
    def aim(self) -> str:
        return f"evict {self._at.subject}"

    def version(self, body: Obj) -> str:
        """The pod itself: its status moves all the time, and the spec of a pod hardly ever."""
        return str(body["metadata"]["uid"])

    def change(self, reply: ApiReply) -> Change:
        refuse_unmade(self._cluster, self.aim, [reply.body])
        return Change(Replace({}), None, NO_UNDO)

    def diff(self, before: Obj, after: Obj) -> tuple[list[str], int]:
        return [evicted_line(before)], 0

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        services = beside.list("/api/v1", "services", lambda one: o.matches(o.selector(one), o.labels(before)))
        pods = beside.list("/api/v1", "pods", lambda pod: not o.is_over(pod))
        serving = None
        if services is not None and pods is not None:
            selectors = [o.selector(one) for one in services]
            serving = [pod for pod in pods if any(o.matches(one, o.labels(pod)) for one in selectors)]
        names = None if services is None else [o.name(one) for one in services]
        data = numbers(beside, [before], serving, names, as_of=as_of) | other_actors(beside, before, [], [])
        maker = o.controller(before)
        sentence = (
            f"Ends pod {self._at.name} in namespace {self._at.namespace}, which is"
            f" {'ready' if o.is_ready(before) else 'not ready'}; {maker.get('kind')} {maker.get('name')} makes another"
            " one."
        )
        return BlastRadius(sentence, beside.coverage, data)

    def traces(self, permit: Permit) -> None:
        """A pod that is gone carries nothing, and nothing says by whose eviction it went."""

    def _patch(self, before: Obj, change: Change, permit: Permit | None) -> ApiReply | None:
        try:
            reply = self._cluster.evict(before, dry_run=permit is None)
        except StatusError as problem:
            if problem.status == 429 and permit is None:
                raise refused_by_budget(self.aim, problem) from problem
            raise
        return ApiReply({**before, "spec": {}}, reply.at)

    def _digest(self, before: Obj, after: Obj) -> str:
        return lines_digest([evicted_line(before)])


def refuse_unmade(cluster: ClusterConnection, aim: str, pods: Sequence[Obj]) -> None:
    """Only what a controller makes again may be evicted: one that is there, owns the pod and wants pods."""
    makers: dict[str, bool] = {}
    unmade = []
    for pod in pods:
        uid = str(o.controller(pod).get("uid") or "")
        if uid not in makers:
            makers[uid] = _makes_again(cluster, pod)
        if not makers[uid] or is_static(pod):
            unmade.append(o.name(pod))
    if unmade:
        wrong = f"nothing makes {', '.join(sorted(unmade)[:5])} again."
        raise TeachingError("refused", aim, wrong, "Leave such a pod to its owner.")


def _makes_again(cluster: ClusterConnection, pod: Obj) -> bool:
    """What a pod says of its owner, anybody may have written; the owner itself has to be there and want pods."""
    reference = o.controller(pod)
    plural = MAKERS.get(str(reference.get("kind") or ""))
    if plural is None:
        return False
    place = WriteLocation(
        str(reference["kind"]), plural, str(o.meta(pod)["namespace"]), str(reference.get("name") or "")
    )
    refuse_no_name(place.name, place.kind)
    try:
        maker = cluster.get(place.path).body
    except StatusError as problem:
        if problem.status == 404:
            return False
        raise refusal_error(problem, "get", place) from problem
    wants_pods = place.kind == "DaemonSet" or int(o.spec(maker).get("replicas") or 0) > 0
    meta = o.meta(maker)
    return meta.get("uid") == reference.get("uid") and not meta.get("deletionTimestamp") and wants_pods


def is_static(pod: Obj) -> bool:
    return MIRROR in (o.meta(pod).get("annotations") or {})


def evicted_line(pod: Obj) -> str:
    maker = o.controller(pod)
    return f"- Pod/{o.meta(pod).get('namespace')}/{o.name(pod)}, of {maker.get('kind')} {maker.get('name')}"


def refused_by_budget(aim: str, problem: StatusError) -> TeachingError:
    wrong = f"a disruption budget does not allow it now: {problem.message}"
    return TeachingError(
        "refused", aim, wrong, "Wait until more of its pods are ready, or ask the owner of the budget."
    )
