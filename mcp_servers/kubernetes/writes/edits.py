"""The shape of a write that sets a few fields: typed parameters, and `edit`, which says where they go.

Everything else follows from that in one way: the patch, its dry run and its diff, and the undo, which is a call of the
same kind with the values that were there, which `edit` tells too.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_servers.kubernetes.connection.client import ApiReply, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes import blast_radius as blast
from mcp_servers.kubernetes.writes.blast_radius import WorkloadSurroundings
from mcp_servers.kubernetes.writes.change import Change
from mcp_servers.kubernetes.writes.object import ObjectWrite
from mcp_servers.kubernetes.writes.patches import Replace, pointer
from mcp_servers.kubernetes.writes.workload import WorkloadWrite
from mcp_servers.redaction import redacted
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.near_names import near, offer

TEMPLATE_KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
_HIDDEN: Final = re.compile(r"\[redacted:")


@dataclass(frozen=True)
class Edit:
    """`values` by JSON pointer, None takes a field away. `before` are the arguments that put back what is there now,
    of the same tool or of `undone_by`."""

    values: Mapping[str, Any]
    before: Mapping[str, Any]
    undone_by: str = ""


class EditWrite(ObjectWrite):
    """A write that is an edit of a few fields."""

    @abstractmethod
    def edit(self, body: Obj) -> Edit:
        """The edit of the object as just read. Raises TeachingError where it cannot be meant."""

    @property
    def identity(self) -> dict[str, Any]:
        """The arguments that name the object."""
        return {"namespace": self._at.namespace, "name": self._at.name}

    def change(self, reply: ApiReply) -> Change:
        edit = self.edit(reply.body)
        arguments = {**self.identity, **edit.before}
        return Change(Replace(edit.values), {"tool": edit.undone_by or self.tool, "arguments": arguments})


class TemplateWrite(EditWrite, WorkloadWrite):
    """An edit of a pod template. It replaces the pods; of a CronJob it counts for the runs to come."""

    kinds = TEMPLATE_KINDS

    @property
    def identity(self) -> dict[str, Any]:
        return {"kind": self._at.kind, **super().identity}

    @property
    def template(self) -> str:
        """The JSON pointer of the pod's spec."""
        return pod_spec(self._at.kind)

    def blast_radius(self, before: Obj, near: WorkloadSurroundings, change: Change) -> str:
        if self._at.kind == "CronJob":
            where = f"CronJob {self._at.name} in namespace {self._at.namespace}"
            return f"Counts from the next run of {where}; a run that is under way goes on as it is."
        return blast.replacing(before, near)

    def affected(self, before: Obj, pods: list[Obj], change: Change) -> list[Obj]:
        return [] if self._at.kind == "CronJob" else super().affected(before, pods, change)

    def container(self, body: Obj, name: str) -> tuple[str, Obj]:
        """JSON pointer and container of that name, of the only one where none is named. TeachingError for none."""
        spec = o.spec(o.template(body))
        every = [
            (pointer_below(self.template, field, number), container)
            for field in ("containers", "initContainers")
            for number, container in enumerate(spec.get(field) or [])
        ]
        names = [str(container.get("name")) for _, container in every]
        if not name and len(every) == 1:
            return every[0]
        if not name:
            wrong = f"it has several containers: {', '.join(names)}."
            raise TeachingError("bad_request", self.aim, wrong, "Name one of them.")
        if name not in names:
            wrong = f"it has no such container, only: {', '.join(names)}."
            raise TeachingError("not_found", self.aim, wrong, offer(near(name, names)))
        return every[names.index(name)]


def pod_spec(kind: str) -> str:
    """The JSON pointer of the pod's spec in a workload of that kind."""
    return "/spec/jobTemplate/spec/template/spec" if kind == "CronJob" else "/spec/template/spec"


def pointer_below(base: str, *parts: str | int) -> str:
    return base + pointer(*parts)


def refuse_hidden(request: str, *texts: str) -> None:
    """A value that was hidden from whoever asks, or would be, is nothing that can be written."""
    if any(_HIDDEN.search(text) or redacted(text) != text for text in texts):
        wrong = "a value looks secret; this tool writes none, and reads none back."
        raise TeachingError("refused", request, wrong, "Keep it in a Secret, which a person changes.")
