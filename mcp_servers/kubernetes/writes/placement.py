"""Where the pods of a workload may run, and which objects their template names."""

from __future__ import annotations

import re
from typing import Any, Final

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.change import refuse_no_name
from mcp_servers.kubernetes.writes.edits import Edit, TemplateWrite, pointer_below
from mcp_servers.serving.errors import TeachingError

_TAINT: Final = re.compile(r"([\w./-]+)(?:=([\w.-]*))?:(NoSchedule|PreferNoSchedule|NoExecute)", re.ASCII)
_REFERENCE: Final = re.compile(
    r"(?:/(?:initC|c)ontainers/\d+)?"
    r"(?:/env/\d+/valueFrom/(?:configMapKeyRef|secretKeyRef)/(?:name|key)|/envFrom/\d+/(?:configMapRef|secretRef)/name"
    r"|/volumes/\d+/(?:configMap/name|secret/secretName))"
)


class SetNodeSelector(TemplateWrite):
    """One label that nodes must have."""

    tool = "kubectl_set_node_selector"
    title = "Set a node selector"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        label: inputs.NodeLabel,
        value: inputs.NodeLabelValue = "",
        remove: inputs.Remove = False,
    ) -> None:
        """Set, or remove, one label of the nodeSelector of a workload, which replaces the pods."""
        super().__init__(cluster, namespace, kind, name)
        self._label, self._value, self._removes = label, value, remove

    @property
    def aim(self) -> str:
        wish = f"remove {self._label}" if self._removes else f"require {self._label}={self._value}"
        return f"{wish} in the nodeSelector of {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        labels: dict[str, str] = o.spec(o.template(body)).get("nodeSelector") or {}
        before = {"value": labels[self._label]} if self._label in labels else {"remove": True}
        path = pointer_below(self.template, "nodeSelector", self._label)
        return Edit({path: None if self._removes else self._value}, {"label": self._label, **before})


class SetToleration(TemplateWrite):
    """One taint that the pods put up with."""

    tool = "kubectl_set_toleration"
    title = "Tolerate a taint"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        taint: inputs.Taint,
        remove: inputs.Remove = False,
    ) -> None:
        """Let the pods of a workload tolerate one taint (`key=value:NoSchedule` or `key:NoSchedule`), which replaces
        the pods; `remove` takes away exactly that toleration.
        """
        super().__init__(cluster, namespace, kind, name)
        match = _TAINT.fullmatch(taint)
        if match is None:
            example = "Write it like key=value:NoSchedule."
            raise TeachingError("bad_request", f"taint {taint!r}", "is no taint.", example)
        key, value, effect = match.groups()
        self._taint, self._removes = taint, remove
        equal = {"operator": "Equal", **({"value": value} if value else {})}
        self._toleration = {"key": key, **({"operator": "Exists"} if value is None else equal), "effect": effect}

    @property
    def aim(self) -> str:
        return f"{'no longer tolerate' if self._removes else 'tolerate'} {self._taint} in {self._at.subject}"

    def edit(self, body: Obj) -> Edit:
        tolerations: list[Obj] = list(o.spec(o.template(body)).get("tolerations") or [])
        is_there = self._toleration in tolerations
        if self._removes and tolerations and self._toleration in tolerations[:-1]:
            raise TeachingError("bad_request", self.aim, "only the toleration that was added last is taken away again.")
        if self._removes:
            tolerations = [one for one in tolerations if one != self._toleration]
        elif not is_there:
            tolerations.append(self._toleration)
        before: dict[str, Any] = {"taint": self._taint, **({} if is_there else {"remove": True})}
        return Edit({pointer_below(self.template, "tolerations"): tolerations or None}, before)


class SetReference(TemplateWrite):
    """The name of one ConfigMap or Secret, or of a key of it, that the template refers to."""

    tool = "kubectl_set_reference"
    title = "Point a reference elsewhere"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        path: inputs.ReferencePath,
        value: inputs.ReferredName,
    ) -> None:
        """Let a workload refer to another ConfigMap or Secret, or to another key, which replaces the pods. The object
        itself, and what is in it, is neither read nor changed.
        """
        super().__init__(cluster, namespace, kind, name)
        inside = path.removeprefix(self.template)
        if not path.startswith(self.template) or not _REFERENCE.fullmatch(inside):
            wrong = "is no reference to a ConfigMap or a Secret in the pod template."
            raise TeachingError("bad_request", f"path {path!r}", wrong)
        if not path.endswith("/key"):
            refuse_no_name(value, "reference")
        self._path, self._value = path, value

    @property
    def aim(self) -> str:
        return f"let {self._path} of {self._at.subject} be {self._value}"

    def edit(self, body: Obj) -> Edit:
        place: Any = body
        for part in self._path.split("/")[1:]:
            if isinstance(place, list):
                place = place[int(part)] if int(part) < len(place) else None
            else:
                place = (place or {}).get(part)
        if not isinstance(place, str):
            raise TeachingError("not_found", self.aim, "there is no such reference.")
        return Edit({self._path: self._value}, {"path": self._path, "value": place})
