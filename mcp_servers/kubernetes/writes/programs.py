"""What a container of a workload runs: its image, its command, its variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.client import ClusterConnection, Obj
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.writes.edits import Edit, TemplateWrite, pointer_below, refuse_hidden
from mcp_servers.serving.errors import TeachingError

_IMAGE: Final = re.compile(r"[\w][\w.:/@+-]{0,511}", re.ASCII)
_VARIABLE: Final = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]{0,252}")


class SetImage(TemplateWrite):
    """The image of one container."""

    tool = "kubectl_set_image"
    title = "Set an image"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        image: inputs.Image,
        container: inputs.OnlyContainer = "",
    ) -> None:
        """Set the image of a container, which replaces the pods."""
        super().__init__(cluster, namespace, kind, name)
        self._container, self._image = container, image
        if not _IMAGE.fullmatch(image):
            raise TeachingError("bad_request", f"image {image!r}", "is not the name of an image.")

    @property
    def aim(self) -> str:
        return f"set the image of {self._container or 'the container'} of {self._at.subject} to {self._image}"

    def edit(self, body: Obj) -> Edit:
        path, container = self.container(body, self._container)
        before = {"container": container["name"], "image": container.get("image", "")}
        return Edit({pointer_below(path, "image"): self._image}, before)


class SetCommand(TemplateWrite):
    """Command and arguments of one container."""

    tool = "kubectl_set_command"
    title = "Set a command"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        container: inputs.OnlyContainer = "",
        command: inputs.Words = None,
        args: inputs.Words = None,
    ) -> None:
        """Set command and arguments of a container, which replaces the pods. An empty list takes them away, so that
        the image's own count; what is not given stays.
        """
        super().__init__(cluster, namespace, kind, name)
        self._container = container
        self._lists = {field: words for field, words in (("command", command), ("args", args)) if words is not None}
        if not self._lists:
            raise TeachingError("bad_request", self.aim, "no value is given.", "Give command or args.")
        refuse_hidden(self.aim, *(word for words in self._lists.values() for word in words))

    @property
    def aim(self) -> str:
        where = f"{self._container or 'the container'} of {self._at.subject}"
        return f"set {' and '.join(self._lists) or 'nothing'} of {where}"

    def edit(self, body: Obj) -> Edit:
        path, container = self.container(body, self._container)
        before: dict[str, Any] = {field: list(container.get(field) or []) for field in self._lists}
        refuse_hidden(self.aim, *(word for words in before.values() for word in words))
        values = {pointer_below(path, field): words or None for field, words in self._lists.items()}
        return Edit(values, {"container": container["name"], **before})


class SetVariable(TemplateWrite):
    """One environment variable with a literal value."""

    tool = "kubectl_set_env"
    title = "Set an environment variable"

    def __init__(
        self,
        cluster: ClusterConnection,
        namespace: inputs.Permitted,
        kind: inputs.TemplateKind,
        name: inputs.WorkloadName,
        variable: inputs.Variable,
        value: inputs.VariableValue = "",
        container: inputs.OnlyContainer = "",
        remove: inputs.Remove = False,
        position: inputs.Position = None,
    ) -> None:
        """Set or remove one environment variable of a container, which replaces the pods.

        Never one that is secret by its name or value, and never one that comes from a ConfigMap, a Secret or a field.
        """
        super().__init__(cluster, namespace, kind, name)
        self._container, self._variable, self._value = container, variable, value
        self._removes, self._position = remove, position
        if not _VARIABLE.fullmatch(variable):
            raise TeachingError("bad_request", f"variable {variable!r}", "is not a valid name.")
        refuse_hidden(self.aim, f"{variable}={value}", value)

    @property
    def aim(self) -> str:
        what = f"variable {self._variable} of {self._container or 'the container'} of {self._at.subject}"
        return f"remove {what}" if self._removes else f"set {what}"

    def edit(self, body: Obj) -> Edit:
        path, container = self.container(body, self._container)
        variables: list[Obj] = list(container.get("env") or [])
        at = self._place_of(variables)
        before: dict[str, Any] = {"container": container["name"], "variable": self._variable}
        if at is None:
            before["remove"] = True
        else:
            before |= {"value": str(variables[at].get("value") or ""), "position": at}
        entry = {"name": self._variable, **({"value": self._value} if self._value else {})}
        if self._removes:
            variables = [one for one in variables if one.get("name") != self._variable]
        elif at is None:
            variables.insert(len(variables) if self._position is None else self._position, entry)
        else:
            variables[at] = entry
        return Edit({pointer_below(path, "env"): variables or None}, before)

    def _place_of(self, variables: Sequence[Obj]) -> int | None:
        """Where it stands; None where it does not. TeachingError where it is no plain value that stands once."""
        places = [number for number, one in enumerate(variables) if one.get("name") == self._variable]
        if len(places) > 1:
            raise TeachingError("bad_request", self.aim, "it stands there more than once.")
        if not places:
            return None
        present = variables[places[0]]
        if "valueFrom" in present:
            wrong = "its value comes from another object."
            raise TeachingError("bad_request", self.aim, wrong, "Change what it refers to.")
        if o.is_secret(self._variable, str(present.get("value") or "")):
            refuse_hidden(self.aim, f"{self._variable}={present['value']}")
        return places[0]
