"""What holds a controller back and lets it go on: a paused rollout, a suspended CronJob or Job."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ownership import owns
from mcp_servers.kubernetes.writes import blast_radius as blast
from mcp_servers.kubernetes.writes.answers import WriteLocation
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.edits import Edit, EditWrite
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.other_actors import other_actors
from mcp_servers.kubernetes.writes.workload import WorkloadWrite
from mcp_servers.serving.errors import TeachingError

BATCH: Final = {"CronJob": "cronjobs", "Job": "jobs"}


class _RolloutHold(EditWrite, WorkloadWrite):
    kinds = ("Deployment",)
    holds: ClassVar[bool]
    other: ClassVar[str]

    @property
    def aim(self) -> str:
        return f"{'pause' if self.holds else 'resume'} the rollout of {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        present = bool(body["spec"].get("paused"))
        tool = self.tool if present == self.holds else self.other
        return Edit({"/spec/paused": True if self.holds else None}, {}, undone_by=tool)

    def affected(self, before: Obj, pods: list[Obj], change: Change) -> list[Obj]:
        """A pause stops what is under way; what it stops at stays. Resumed, every pod of another template goes."""
        return [] if self.holds else blast.replaced_pods(pods)

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        where = f"Deployment {self._at.name} in namespace {self._at.namespace}"
        if self.holds:
            return f"Stops the rollout of {where} where it stands: no pod is replaced until it is resumed."
        return f"Lets the rollout of {where} go on: " + blast.replacing({**before, "spec": _without(before)}, near)


class PauseRollout(_RolloutHold):
    tool = "kubectl_rollout_pause"
    title = "Pause a rollout"
    holds, other = True, "kubectl_rollout_resume"

    def __init__(self, cluster: ClusterConnection, namespace: inputs.Permitted, name: inputs.WorkloadName) -> None:
        """Stop the rollout of a Deployment where it stands; changes of its template wait until it is resumed."""
        super().__init__(cluster, namespace, "Deployment", name)


class ResumeRollout(_RolloutHold):
    tool = "kubectl_rollout_resume"
    title = "Resume a rollout"
    holds, other = False, "kubectl_rollout_pause"

    def __init__(self, cluster: ClusterConnection, namespace: inputs.Permitted, name: inputs.WorkloadName) -> None:
        """Let a paused rollout of a Deployment go on with its template as it is now."""
        super().__init__(cluster, namespace, "Deployment", name)


class _BatchHold(EditWrite):
    holds: ClassVar[bool]
    other: ClassVar[str]

    def __init__(self, cluster: ClusterConnection, namespace: str, kind: str, name: str) -> None:
        if kind not in BATCH:
            supported_kinds = f"Supported: {', '.join(BATCH)}."
            raise TeachingError("bad_request", f"kind {kind!r}", f"cannot be changed by {self.tool}.", supported_kinds)
        super().__init__(cluster, WriteLocation(kind, BATCH[kind], namespace, name, group="batch"))

    @property
    def aim(self) -> str:
        return f"{'suspend' if self.holds else 'resume'} {self._at.subject}"

    @property
    def identity(self) -> dict[str, str]:
        return {"kind": self._at.kind, **super().identity}

    def edit(self, body: Obj) -> Edit:
        present = bool(body["spec"].get("suspend"))
        tool = self.tool if present == self.holds else self.other
        return Edit({"/spec/suspend": self.holds}, {}, undone_by=tool)

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        beside = NamespaceContext(self._cluster, self._at.namespace)
        pods = beside.list("/api/v1", "pods", lambda pod: owns(before, pod) and not o.is_over(pod))
        affected_pods = pods if self.holds else []
        data = numbers(beside, affected_pods, affected_pods, [], as_of=as_of, own=str(before["metadata"]["uid"]))
        data |= other_actors(beside, before, [], pods)
        return BlastRadius(self._sentence(pods), beside.coverage, data)

    def _sentence(self, pods: list[Obj] | None) -> str:
        where = f"{self._at.kind} {self._at.name} in namespace {self._at.namespace}"
        if self._at.kind == "CronJob":
            runs = "starts no more runs; a run that is under way goes on" if self.holds else "starts runs again"
            return f"{where} {runs}."
        if not self.holds:
            return f"{where} starts its pods again, from the beginning of their work."
        count = "its pods" if pods is None else blast.count_of(len(pods), "pod")
        return f"{where} stops: {count} that it runs ends, and its work starts over when it is resumed."


class Suspend(_BatchHold):
    tool = "kubectl_suspend"
    title = "Suspend a CronJob or Job"
    holds, other = True, "kubectl_resume"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.BatchKind,
        name: inputs.WorkloadName,
    ) -> None:
        """Have a CronJob start no more runs, or stop the pods of a Job, until it is resumed."""
        super().__init__(cluster, namespace, kind, name)


class Resume(_BatchHold):
    tool = "kubectl_resume"
    title = "Resume a CronJob or Job"
    holds, other = False, "kubectl_suspend"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.BatchKind,
        name: inputs.WorkloadName,
    ) -> None:
        """Let a suspended CronJob start runs again, or a suspended Job its pods."""
        super().__init__(cluster, namespace, kind, name)


def _without(body: Obj) -> Obj:
    return {name: value for name, value in body["spec"].items() if name != "paused"}
