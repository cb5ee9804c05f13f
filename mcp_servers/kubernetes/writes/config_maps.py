"""A value of a ConfigMap that is put back: to what was applied last, or to what this tool replaced before.

No argument carries a value, so nothing can be written that did not stand there by somebody else's hand. Of the values
beside it none is shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Permit
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ApiReply, ClusterConnection, Obj, StatusError
from mcp_servers.kubernetes.observe.references import references
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.config_values import applied_texts, texts
from mcp_servers.kubernetes.writes.answers import WriteLocation, refusal_error
from mcp_servers.kubernetes.writes.change import BlastRadius, Change
from mcp_servers.kubernetes.writes.diffs import lines_digest, spec_diff, spec_digest
from mcp_servers.kubernetes.writes.edits import refuse_hidden
from mcp_servers.kubernetes.writes.namespace_context import NamespaceContext
from mcp_servers.kubernetes.writes.numbers import numbers
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.other_actors import other_managers
from mcp_servers.kubernetes.writes.patches import Replace, pointer
from mcp_servers.kubernetes.writes.rollouts import RolloutRestart
from mcp_servers.serving.errors import TeachingError

REPLACED: Final = "sre-agent.dev/replaced"  # annotation: the key and the value that stood there before
RESTARTED: Final[Mapping[str, inputs.RestartedKind]] = {
    "Deployment": "Deployment", "StatefulSet": "StatefulSet", "DaemonSet": "DaemonSet",
}  # fmt: skip
LARGEST: Final = 16_384  # characters of a value that is kept in the annotation


class RestoreConfigMap(ObjectWrite):
    """One value of a ConfigMap, as it was."""

    tool = "kubectl_restore_config_map"
    title = "Put a value of a ConfigMap back"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        name: inputs.ConfigMapName,
        key: inputs.ConfigKey,
        restart: inputs.RestartedReader = "",
        from_replaced: inputs.FromReplaced = False,
    ) -> None:
        """Set one key of a ConfigMap to the value that kubectl applied last, and restart a workload that reads it. It
        writes no other value, and none that looks secret.
        """
        super().__init__(cluster, WriteLocation("ConfigMap", "configmaps", namespace, name, group=""))
        self._key, self._from_replaced, self._restarts = key, from_replaced, restart
        self._restart = _restart_of(cluster, namespace, restart) if restart else None

    @property
    def aim(self) -> str:
        what = f"put {self._key} of {self._at.subject} back"
        return f"{what} and {self._restart.aim}" if self._restart is not None else what

    def change(self, reply: ApiReply) -> Change:
        body = reply.body
        if body.get("immutable"):
            raise TeachingError("bad_request", self.aim, "it is immutable: only a new ConfigMap can hold other values.")
        now, value = texts(body).get(self._key), self._earlier(body)
        refuse_hidden(self.aim, *(f"{self._key}={text}" for text in (now, value) if text is not None))
        if len(now or "") > LARGEST:
            raise TeachingError("bad_request", self.aim, "its value is too long to be kept for an undo.")
        self._refuse_stranger()
        arguments = {"namespace": self._at.namespace, "name": self._at.name, "key": self._key, "from_replaced": True}
        arguments |= {"restart": self._restarts} if self._restarts else {}
        earlier = json.dumps({"key": self._key, "value": now})
        patch = Replace({pointer("data", self._key): value}, {REPLACED: earlier})
        return Change(patch, {"tool": self.tool, "arguments": arguments})

    def diff(self, before: Obj, after: Obj) -> tuple[list[str], int]:
        lines, left_out = spec_diff(self._alone(before), self._alone(after))
        return [*lines, *([f"~ {self._restarts}: restarted"] if lines and self._restarts else [])], left_out

    def _digest(self, before: Obj, after: Obj) -> str:
        own = spec_digest(self._alone(before), self._alone(after))
        return lines_digest([own, self._restart.diff_digest()]) if self._restart is not None else own

    def reach(self, before: Obj, after: Obj, change: Change, as_of: datetime) -> BlastRadius:
        sentence = f"Sets {self._key} of ConfigMap {self._at.name} in namespace {self._at.namespace} back"
        if self._restart is None:
            beside = NamespaceContext(self._cluster, self._at.namespace)
            data = numbers(beside, [], [], [], as_of=as_of, own=str(o.meta(before)["uid"])) | other_managers(before)
            note = "pods read it as a variable when a container starts, as a file within a minute or two."
            return BlastRadius(f"{sentence}; {note}", beside.coverage, data)
        restart_radius = self._restart.reach_now()
        return BlastRadius(f"{sentence}. {restart_radius.sentence}", restart_radius.coverage, restart_radius.data)

    def execute(self, permit: Permit) -> Answer:
        answer = super().execute(permit)
        if self._restart is None:
            return answer
        try:
            self._restart.along(permit)
        except (StatusError, TeachingError) as problem:
            text = f"{answer.text} But {self._restarts} was not restarted: {problem}"
            return answer.model_copy(update={"text": text, "data": {**answer.data, "restarted": False}})
        return answer.model_copy(update={"data": {**answer.data, "restarted": True}})

    def _earlier(self, body: Obj) -> str | None:
        """The value to put back; None takes the key away, which only the undo of a restored key does."""
        if self._from_replaced:
            earlier = _replacement(body)
            if earlier.get("key") != self._key:
                raise TeachingError("bad_request", self.aim, "nothing says which value was replaced.")
            value = earlier.get("value")
            return None if value is None else str(value)
        values = applied_texts(body)
        if self._key not in values:
            wrong = "no value of this key was applied with kubectl, or the annotation that keeps it is gone."
            raise TeachingError("bad_request", self.aim, wrong, "Take the value from where the ConfigMap is declared.")
        return values[self._key]

    def _refuse_stranger(self) -> None:
        """A workload that does not read it has nothing to be restarted for."""
        if self._restart is None:
            return
        place = self._restart.location
        try:
            workload = self._cluster.get(place.path).body
        except StatusError as problem:
            raise refusal_error(problem, "get", place) from problem
        names = {one.name for one in references(o.template(workload)) if one.kind == "ConfigMap"}
        if self._at.name not in names:
            raise TeachingError("bad_request", self.aim, f"{place.subject} does not read this ConfigMap.")

    def _alone(self, body: Obj) -> Obj:
        values = texts(body)
        return {"data": {self._key: values[self._key]} if self._key in values else {}}


def _restart_of(cluster: ClusterConnection, namespace: str, workload: str) -> RolloutRestart:
    kind, _, name = workload.partition("/")
    if kind not in RESTARTED:
        wrong = f"is not one of {', '.join(RESTARTED)} with its name, as Deployment/web."
        raise TeachingError("bad_request", f"restart {workload!r}", wrong)
    return RolloutRestart(cluster, namespace, RESTARTED[kind], name)


def _replacement(body: Obj) -> Mapping[str, Any]:
    try:
        value = json.loads((o.meta(body).get("annotations") or {}).get(REPLACED) or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
