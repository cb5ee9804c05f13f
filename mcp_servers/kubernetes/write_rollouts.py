"""Which pod template a workload runs: back to an earlier revision, or the same one anew."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any, Final

from mcp_servers.kit.errors import TeachingError
from mcp_servers.kubernetes import blast
from mcp_servers.kubernetes.blast import HASH_LABEL, Around
from mcp_servers.kubernetes.client import Cluster, Obj, Reply, StatusError
from mcp_servers.kubernetes.write_answers import Place, taught
from mcp_servers.kubernetes.write_object import Change
from mcp_servers.kubernetes.write_patches import Merge, Replace
from mcp_servers.kubernetes.write_workload import WorkloadWrite

REVISION: Final = "deployment.kubernetes.io/revision"
CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"


class RolloutUndo(WorkloadWrite):
    """Back to the pod template of an earlier ReplicaSet.

    The controller then gives that ReplicaSet the next revision; the one that is left keeps its number, which is
    therefore the way back.
    """

    tool = "kubectl_rollout_undo"
    kinds = ("Deployment",)

    def __init__(self, cluster: Cluster, namespace: str, name: str, to_revision: int, kind: str = "Deployment") -> None:
        super().__init__(cluster, namespace, kind or "Deployment", name)
        if type(to_revision) is not int or to_revision < 1:
            wrong = "is no revision: a whole number from 1 on."
            raise TeachingError("bad_request", f"revision {to_revision!r}", wrong, "The rollout's history lists them.")
        self._revision = to_revision

    @property
    def aim(self) -> str:
        return f"undo the rollout of {self._at.subject} to revision {self._revision}"

    def change(self, seen: Reply) -> Change:
        workload = seen.body
        refuse_paused(workload, self.aim)
        sets = self._replica_sets(workload)
        present = _present(workload, sets)
        wanted = next((rs for rs in sets if revision(rs) == self._revision), None)
        if wanted is None:
            known = ", ".join(str(revision(rs)) for rs in sorted(sets, key=revision)) or "none"
            raise TeachingError("not_found", self.aim, f"there is no such revision. There are: {known}.")
        if wanted is present:
            raise TeachingError("bad_request", self.aim, "that is the revision it has now.")
        cause = (wanted["metadata"].get("annotations") or {}).get(CHANGE_CAUSE)
        patch = Replace({"/spec/template": _bare(wanted)}, {CHANGE_CAUSE: cause})
        stays = str((wanted["metadata"].get("labels") or {}).get(HASH_LABEL, ""))
        if present is None:
            return Change(patch, None, "the present template has no revision yet.", stays)
        if workload["spec"].get("revisionHistoryLimit") == 0:
            return Change(patch, None, "the Deployment keeps no history (revisionHistoryLimit 0).", stays)
        return Change(patch, self._call(revision(present)), stays=stays)

    def blast_radius(self, seen: Obj, near: Around, change: Change) -> str:
        return blast.replacing(seen, near, stays=change.stays)

    def _call(self, to_revision: int) -> dict[str, Any]:
        arguments = {"namespace": self._at.namespace, "name": self._at.name, "to_revision": to_revision}
        return {"tool": self.tool, "arguments": arguments}

    def _replica_sets(self, workload: Obj) -> list[Obj]:
        """The ReplicaSets that the Deployment owns."""
        place = Place("ReplicaSet", "replicasets", self._at.namespace, "")
        try:
            found = self._cluster.list(place.collection).body["items"]
        except StatusError as problem:
            raise taught(problem, "list", place) from problem
        uid = workload["metadata"]["uid"]
        return [rs for rs in found if any(o.get("uid") == uid for o in rs["metadata"].get("ownerReferences") or [])]


class RolloutRestart(WorkloadWrite):
    """Every pod anew from the same template."""

    tool = "kubectl_rollout_restart"
    kinds = ("Deployment", "StatefulSet", "DaemonSet")

    @property
    def aim(self) -> str:
        return f"restart {self._at.subject}"

    def change(self, seen: Reply) -> Change:
        refuse_paused(seen.body, self.aim)
        stamp = {RESTARTED_AT: _rfc3339(seen.at)}
        return Change(Merge({"template": {"metadata": {"annotations": stamp}}}), None, "a restart has none.")

    def blast_radius(self, seen: Obj, near: Around, change: Change) -> str:
        return blast.replacing(seen, near)


def refuse_paused(workload: Obj, asked: str) -> None:
    """As kubectl does: a paused Deployment would take the change and not act on it."""
    if workload["spec"].get("paused"):
        raise TeachingError("bad_request", asked, "its rollout is paused.", "It has to be resumed first.")


def revision(obj: Obj) -> int:
    text = str((obj["metadata"].get("annotations") or {}).get(REVISION, ""))
    return int(text) if text.isdigit() else 0


def _present(workload: Obj, sets: list[Obj]) -> Obj | None:
    """The ReplicaSet of the present template: by the template, else by the revision that the controller noted."""
    same = next((rs for rs in sets if _bare(rs) == workload["spec"]["template"]), None)
    if same is not None:
        return same
    noted = (workload.get("status") or {}).get("observedGeneration") == workload["metadata"]["generation"]
    return next((rs for rs in sets if noted and revision(rs) and revision(rs) == revision(workload)), None)


def _bare(replica_set: Obj) -> Obj:
    """Its template without the label that tells ReplicaSets apart."""
    template: Obj = copy.deepcopy(replica_set["spec"]["template"])
    (template.get("metadata") or {}).get("labels", {}).pop(HASH_LABEL, None)
    return template


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
