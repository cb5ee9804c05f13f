"""Which pod template a workload runs: back to an earlier revision, or the same one anew."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract import calls
from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Permit
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.ownership import owned_objects
from mcp_servers.kubernetes.writes import blast_radius as blast
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.evidence_of_runs import run_of
from mcp_servers.kubernetes.writes.patches import Merge, Replace
from mcp_servers.kubernetes.writes.workload import WorkloadWrite
from mcp_servers.serving.errors import TeachingError
from mcp_servers.writing.guard import NotExecutedError

HASH_LABEL: Final = "pod-template-hash"
CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"


class RolloutUndo(WorkloadWrite):
    """Back to the pod template of an earlier ReplicaSet.

    The controller then gives that ReplicaSet the next revision; the one that is left keeps its number, which is
    therefore the way back. A number is chosen by whoever writes the annotation, so the write itself names the
    ReplicaSet by uid and the template by hash as well; the preview gives both.
    """

    tool = "kubectl_rollout_undo"
    title = "Undo a rollout"
    from_preview = ("replica_set_uid", "template_hash")
    kinds = ("Deployment",)

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.WorkloadName,
        to_revision: inputs.ToRevision,
        replica_set_uid: inputs.ReplicaSetUid = "",
        template_hash: inputs.TemplateHash = "",
        kind: inputs.DeploymentKind = "",
    ) -> None:
        """Put a Deployment back to the pod template of an earlier revision, which then gets the next number.

        `replica_set_uid` and `template_hash` say which ReplicaSet and which template the number meant when it was
        decided; kubectl_preview, which may be asked without them, gives them in `data.arguments`.
        """
        super().__init__(cluster, namespace, kind or "Deployment", name)
        if type(to_revision) is not int or to_revision < 1:
            wrong = "is not a revision: give a whole number of at least 1."
            raise TeachingError(
                "bad_request", f"revision {to_revision!r}", wrong, "kubectl_rollout_history lists the revisions."
            )
        self._revision, self._uid, self._hash = to_revision, replica_set_uid, template_hash

    @property
    def aim(self) -> str:
        return f"undo the rollout of {self._at.subject} to revision {self._revision}"

    def execute(self, permit: Permit) -> Answer:
        if not self._uid or not self._hash:
            wrong = (
                "The call does not name the ReplicaSet and its template. kubectl_preview returns both in `arguments`."
            )
            raise NotExecutedError(f"Nothing was changed. {wrong}")
        return super().execute(permit)

    def change(self, reply: ApiReply) -> Change:
        workload = reply.body
        refuse_paused(workload, self.aim)
        sets = self._replica_sets(workload)
        present = _present(workload, sets)
        replica_set = self._replica_set(sets)
        if replica_set is present:
            raise TeachingError("bad_request", self.aim, "that is the current revision.")
        self._refuse_another(replica_set)
        patch = Replace({"/spec/template": _bare(replica_set)}, {CHANGE_CAUSE: _cause(replica_set)})
        change = Change(patch, None, arguments=self._call(replica_set)["arguments"], replica_set=replica_set)
        if present is None:
            return replace(change, no_undo="the current template has no revision yet.")
        if workload["spec"].get("revisionHistoryLimit") == 0:
            return replace(change, no_undo="the Deployment keeps no history (revisionHistoryLimit 0).")
        return replace(change, undo=self._call(present))

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        return blast.replacing(before, near, stays=_uid(change))

    def affected(self, before: Obj, pods: list[Obj], change: Change) -> list[Obj]:
        return blast.replaced_pods(pods, _uid(change))

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        own_radius = super().reach(before, after, change, as_of)
        assert change.replica_set is not None
        run = run_of(self._cluster, before, change.replica_set, as_of)
        sentence = f"{own_radius.sentence} {run.sentence(change.replica_set)}"
        data = own_radius.data | {"template": run.data()}
        return BlastRadius(sentence, [*own_radius.coverage, *run.coverage], data)

    def _replica_set(self, sets: list[Obj]) -> Obj:
        """The one ReplicaSet that bears the number. Raises TeachingError where that is none or several."""
        matches = [rs for rs in sets if o.revision(rs) == self._revision]
        if not matches:
            revisions = ", ".join(str(o.revision(rs)) for rs in sorted(sets, key=o.revision)) or "none"
            raise TeachingError("not_found", self.aim, f"there is no such revision. Revisions: {revisions}.")
        if len(matches) > 1:
            names = ", ".join(sorted(o.name(rs) for rs in matches))
            wrong = f"several ReplicaSets of the Deployment have this number: {names}."
            to_do = "One of them was not created by the Deployment controller. Find out who created it, and delete it."
            raise TeachingError("refused", self.aim, wrong, to_do)
        return matches[0]

    def _refuse_another(self, replica_set: Obj) -> None:
        """What the call names by uid and hash has to be what bears the number now."""
        if self._uid and self._uid != o.meta(replica_set).get("uid"):
            wrong = f"revision {self._revision} is now ReplicaSet {o.name(replica_set)}, not the one that was named."
            raise TeachingError("refused", self.aim, wrong, "Look again, then decide.")
        if self._hash and self._hash != template_hash(replica_set):
            wrong = f"the template of ReplicaSet {o.name(replica_set)} is no longer the one that was named."
            raise TeachingError("refused", self.aim, wrong, "Look again, then decide.")

    def _call(self, to: Obj) -> dict[str, Any]:
        arguments = {
            "namespace": self._at.namespace,
            "name": self._at.name,
            "to_revision": o.revision(to),
            "replica_set_uid": o.meta(to)["uid"],
            "template_hash": template_hash(to),
        }
        return {"tool": self.tool, "arguments": arguments}

    def _replica_sets(self, workload: Obj) -> list[Obj]:
        """The ReplicaSets that the Deployment owns."""
        place = WriteLocation("ReplicaSet", "replicasets", self._at.namespace, "")
        try:
            items = self._cluster.list(place.collection).body["items"]
        except StatusError as problem:
            raise refusal_error(problem, "list", place) from problem
        return owned_objects(workload, items)


class RolloutRestart(WorkloadWrite):
    """Every pod anew from the same template."""

    tool = "kubectl_rollout_restart"
    title = "Restart a workload"
    is_declared = False  # no source of a workload says when its pods are replaced
    kinds = ("Deployment", "StatefulSet", "DaemonSet")

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.RestartedKind,
        name: inputs.WorkloadName,
    ) -> None:
        """Replace every pod by a new one of the same template. There is no undo."""
        super().__init__(cluster, namespace, kind, name)

    @property
    def aim(self) -> str:
        return f"restart {self._at.subject}"

    def change(self, reply: ApiReply) -> Change:
        refuse_paused(reply.body, self.aim)
        stamp = {RESTARTED_AT: _rfc3339(reply.at)}
        return Change(Merge({"template": {"metadata": {"annotations": stamp}}}), None, "a restart cannot be undone.")

    @property
    def location(self) -> WriteLocation:
        return self._at

    def reach_now(self) -> BlastRadius:
        """How far it goes, as part of another write."""
        reply = self._read("get")
        return self.reach(reply.body, reply.body, self.change(reply), reply.at)

    def without_moment(self, after: Obj) -> Obj:
        """The time of the restart is that of the write, and no part of what was decided."""
        result = copy.deepcopy(after)
        result["spec"]["template"]["metadata"]["annotations"][RESTARTED_AT] = ""
        return result

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        return blast.replacing(before, near)


def refuse_paused(workload: Obj, request: str) -> None:
    """As kubectl does: a paused Deployment would take the change and not act on it."""
    if workload["spec"].get("paused"):
        raise TeachingError("bad_request", request, "its rollout is paused.", "Resume it first.")


def template_hash(replica_set: Obj) -> str:
    """SHA-256, in hex, of what an undo to this ReplicaSet writes: its pod template and its change cause."""
    return calls.digest("template", {"template": _bare(replica_set), "cause": _cause(replica_set)})


def _uid(change: Change) -> str:
    """Of the ReplicaSet that is returned to."""
    return str(o.meta(change.replica_set or {}).get("uid", ""))


def _present(workload: Obj, sets: list[Obj]) -> Obj | None:
    """The ReplicaSet of the present template: by the template, else by the revision that the controller noted. Of
    several with that template the noted one, else the oldest, as the controller chooses."""
    same = [rs for rs in sets if _bare(rs) == workload["spec"]["template"]]
    if same:
        return min(same, key=lambda rs: (o.revision(rs) != o.revision(workload), str(o.created_at(rs)), o.name(rs)))
    is_current = (workload.get("status") or {}).get("observedGeneration") == workload["metadata"]["generation"]
    matches = [rs for rs in sets if is_current and o.revision(rs) and o.revision(rs) == o.revision(workload)]
    return matches[0] if len(matches) == 1 else None


def _cause(replica_set: Obj) -> str | None:
    return o.marks(replica_set).get(CHANGE_CAUSE)


def _bare(replica_set: Obj) -> Obj:
    """Its template without the label that tells ReplicaSets apart."""
    template: Obj = copy.deepcopy(replica_set["spec"]["template"])
    (template.get("metadata") or {}).get("labels", {}).pop(HASH_LABEL, None)
    return template


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
