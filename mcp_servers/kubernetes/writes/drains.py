"""A node that is emptied: it is cordoned, then its pods are evicted one by one, as far as budgets allow it.

It stops at the first eviction that is refused and never forces one. What DaemonSets run stays, as with kubectl.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Permit
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.blast_radius import count_of
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.diffs import lines_digest, spec_diff, spec_digest
from mcp_servers.kubernetes.writes.edits import Edit
from mcp_servers.kubernetes.writes.evictions import evicted_line, is_static, refuse_unmade, refused_by_budget
from mcp_servers.kubernetes.writes.nodes import UNSCHEDULABLE, NodeWrite
from mcp_servers.kubernetes.writes.other_actors import other_managers
from mcp_servers.serving.errors import TeachingError

MOST: Final = 10
WAS_CLOSED: Final = "the node was cordoned before; pods that were evicted do not come back to it"


class DrainNode(NodeWrite):
    """Cordon, then evictions: at most as many as are allowed, each within budgets."""

    tool = "kubectl_drain"
    title = "Drain a node"

    def __init__(self, cluster: ClusterConnection, name: inputs.WrittenNode, most_pods: inputs.MostPods = None) -> None:
        """Cordon a node and evict its pods one by one, but those of DaemonSets. It stops at the first eviction that a
        disruption budget refuses. Refused where there are more than `most_pods`, or one that nothing makes again.
        """
        super().__init__(cluster, name)
        self._most, self._pods = most_pods or MOST, list[Obj]()

    @property
    def aim(self) -> str:
        return f"drain {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        self._pods = self._evictable()
        return Edit({UNSCHEDULABLE: True}, {}, undone_by="kubectl_uncordon")

    def change(self, reply: ApiReply) -> Change:
        change = super().change(reply)
        if o.spec(reply.body).get("unschedulable"):
            return Change(change.patch, None, WAS_CLOSED)
        return change

    def diff(self, before: Obj, after: Obj) -> tuple[list[str], int]:
        lines, left_out = spec_diff(before, after)
        return [*lines, *map(evicted_line, self._pods)], left_out

    def _digest(self, before: Obj, after: Obj) -> str:
        return lines_digest([spec_digest(before, after), *map(evicted_line, self._pods)])

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        self._try_evictions()
        namespaces = {str(o.meta(pod)["namespace"]) for pod in self._pods}
        disks = sum(1 for pod in self._pods if any("emptyDir" in one for one in o.spec(pod).get("volumes") or []))
        sentence = (
            f"Node {self._at.name} takes no new pods; {count_of(len(self._pods), 'pod')} in"
            f" {count_of(len(namespaces), 'namespace')} {'is' if len(self._pods) == 1 else 'are'} evicted one by one"
            " within disruption budgets and made again elsewhere, where there is room"
        )
        local = f"; {disks} of them {'loses' if disks == 1 else 'lose'} an emptyDir" if disks else ""
        return BlastRadius(f"{sentence}{local}.", data=self.figures(len(self._pods)) | other_managers(before))

    def execute(self, permit: Permit) -> Answer:
        answer = super().execute(permit)
        evictions: list[str] = []
        stop = ""
        for pod in self._pods:
            try:
                self._cluster.evict(pod)
            except StatusError as problem:
                if problem.status in (404, 409):  # gone, or another pod of that name by now
                    continue
                stop = f"Stopped at {_label(pod)}: {problem.message}"
                break
            except TeachingError as problem:
                stop = f"Stopped at {_label(pod)}, of which it is unknown whether it was evicted: {problem}"
                break
            evictions.append(_label(pod))
        left = [label for pod in self._pods if (label := _label(pod)) not in evictions] if stop else []
        outcome: dict[str, Any] = {"evicted": evictions, "left": left}
        text = f"{answer.text} Evicted {count_of(len(evictions), 'pod')}. {stop}".strip()
        return answer.model_copy(update={"text": text, "data": {**answer.data, **outcome}})

    def _evictable(self) -> list[Obj]:
        """The pods that a drain evicts, by name. TeachingError where one of them may not be, or there are too many."""
        place = WriteLocation("Pod", "pods", "", self._at.name, group="")
        try:
            on_node = self._cluster.list(place.collection, fieldSelector=f"spec.nodeName={self._at.name}").body["items"]
        except StatusError as problem:
            raise refusal_error(problem, "list", place) from problem
        pods = [
            pod
            for pod in on_node
            if not o.is_over(pod)
            and not is_static(pod)
            and not o.meta(pod).get("deletionTimestamp")
            and o.controller(pod).get("kind") != "DaemonSet"
        ]
        if len(pods) > self._most:
            wrong = f"it runs {len(pods)} pods, and at most {self._most} may be evicted."
            raise TeachingError("refused", self.aim, wrong, "Drain it by hand, or allow more with most_pods.")
        refuse_unmade(self._cluster, self.aim, pods)
        return sorted(pods, key=_label)

    def _try_evictions(self) -> None:
        """Each by itself, which shows what no budget would ever allow. TeachingError for the first that is refused."""
        for pod in self._pods:
            try:
                self._cluster.evict(pod, dry_run=True)
            except StatusError as problem:
                if problem.status == 429:
                    raise refused_by_budget(f"{self.aim}: evict {_label(pod)}", problem) from problem
                if problem.status not in (404, 409):
                    place = WriteLocation("Pod", "pods/eviction", str(o.meta(pod)["namespace"]), o.name(pod), group="")
                    raise refusal_error(problem, "create", place) from problem


def _label(pod: Obj) -> str:
    return f"{o.meta(pod).get('namespace')}/{o.name(pod)}"
