"""Single files of ConfigMaps and Secrets that containers mount: a subPath is a key, and one that is not there mounts a
directory, which the runtime refuses where the image has a file."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.workload_tree import WorkloadTree

_SOURCES: Final = (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"))


@dataclass(frozen=True)
class MountedFile:
    """A key that is mounted at `target` as a file of its own, by a container's mount of this `number`."""

    kind: str
    name: str
    key: str
    container: str
    target: str
    number: int
    optional: bool


def mounted_files(template: Obj) -> Iterator[MountedFile]:
    """Those whose volume has all keys; where it lists items, these say which key is which file."""
    volumes = {str(v.get("name", "")): v for v in o.spec(template).get("volumes") or []}
    for _, container in o.containers(template):
        for number, mount in enumerate(container.get("volumeMounts") or []):
            volume, key = volumes.get(str(mount.get("name", "")), {}), posixpath.normpath(mount.get("subPath") or ".")
            for field, kind, name in _SOURCES:
                source = volume.get(field) or {}
                if key != "." and source.get(name) and not source.get("items"):
                    yield MountedFile(
                        kind, str(source[name]), key, str(container.get("name", "")), str(mount.get("mountPath", "")),
                        number, optional=bool(source.get("optional")),
                    )  # fmt: skip


def with_its_key(fact: Observation, pod: Obj, tree: WorkloadTree) -> Observation:
    """Of a container that the runtime could not start: what is missing, where it speaks of a mount of a key that is not
    there."""
    for file in mounted_files(pod) if fact.code == "container.start_failed" else ():
        there = tree.lists.by_name(file.kind, file.name)
        is_it = file.container == fact.attributes["container"] and file.target in fact.excerpt
        if is_it and there is not None and "data" in there and file.key not in there["data"]:
            attributes = {"missing_kind": file.kind, "missing_name": file.name, "key": file.key}
            attributes["container"] = file.container
            return fact.model_copy(update={"code": "container.config_missing", "attributes": attributes})
    return fact
