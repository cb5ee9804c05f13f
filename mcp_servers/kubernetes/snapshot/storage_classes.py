"""Storage classes as objects say them: which one is the default, and what of one decides how volumes are made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.serving.near_names import near

DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"
OF_A_CLASS: Final = (
    *("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    *("allowVolumeExpansion", "allowedTopologies", "mountOptions"),
)
_WORDS: Final = re.compile(r"[-.]")
_BY_SEVERAL: Final = frozenset({"ReadWriteMany", "ReadOnlyMany"})


def is_default(storage_class: Obj) -> bool:
    return bool(o.marks(storage_class).get(DEFAULT_CLASS) == "true")


def only_default(classes: Sequence[Obj]) -> Obj | None:
    """The default class; None where there is none, or where several say so."""
    defaults = [one for one in classes if is_default(one)]
    return defaults[0] if len(defaults) == 1 else None


def made_as(storage_class: Obj, name: str) -> Obj:
    """A class of this name with everything that decides how that one makes volumes."""
    fields = {field: storage_class[field] for field in OF_A_CLASS if storage_class.get(field) is not None}
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, **fields}


def why_not_as_default(name: str, classes: Sequence[Obj], claims: Sequence[Obj]) -> str:
    """Why a class that is missing is not simply made as the default one, for these claims; empty where nothing says
    that its volumes would be others."""
    if only_default(classes) is None:
        return "there is not exactly one default class to make it as."
    if alike := near(name, [o.name(one) for one in classes]):
        return f"a class of a near name is there: {', '.join(alike)}."
    if _WORDS.search(name):
        return "its name of several words says more of its volumes than the default class may give."
    if any(_BY_SEVERAL & {str(mode) for mode in o.spec(claim).get("accessModes") or []} for claim in claims):
        return "a claim that names it is to be mounted on several nodes, which a provisioner of disks cannot give."
    return ""
