"""Claims that wait for a volume: what the cluster says of it, and what keeps the nearest free volume from being taken.

Volumes that were made by hand are taken where class, size, modes, labels and owner fit the claim. Nobody says which of
these does not; it follows from the two objects. A class with a provisioner makes its own volumes, so that there is
nothing to compare.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj
from mcp_servers.kubernetes.snapshot.ownership import selects
from mcp_servers.kubernetes.snapshot.quantities import amount
from mcp_servers.kubernetes.snapshot.reading import Lists
from mcp_servers.kubernetes.snapshot.storage_classes import is_default, made_as, only_default, why_not_as_default

FREE: Final = ("Available", "Released")
BY_HAND: Final = "kubernetes.io/no-provisioner"
_UNBOUND: Final = (
    ("class_missing", re.compile(r"storageclass\S* \"?[^\"]*\"? not found", re.I)),
    ("denied", re.compile(r"UnauthorizedOperation|AccessDenied|not authorized|WebIdentityErr|forbidden", re.I)),
    ("limit", re.compile(r"LimitExceeded|exceeded quota|quota", re.I)),
    ("no_class", re.compile(r"no storage class is set", re.I)),
    ("no_volume", re.compile(r"no persistent volumes available", re.I)),
    ("failed", re.compile(r"failed to provision", re.I)),
    ("waiting", re.compile(r"waiting for", re.I)),
)
_BY_FIT: Final = ("class_missing", "no_class", "no_volume", "unknown")  # where a volume that fits would have been taken


def pending(claim: Obj, subject: Subject, events: Sequence[Obj], lists: Lists) -> list[Observation]:
    """That a claim waits for its volume, with what its newest warning says, and the free volume that nearly fits."""
    relevant = [e for e in events if e.get("type") == "Warning"] or list(events)
    message = str(relevant[-1].get("message", "")) if relevant else ""
    storage_class = str(o.spec(claim).get("storageClassName") or "")
    absent = bool(storage_class) and lists.has("StorageClass") and not lists.by_name("StorageClass", storage_class)
    why = "class_missing" if absent else next((n for n, words in _UNBOUND if words.search(message)), "unknown")
    volume_name = str(o.spec(claim).get("volumeName") or "")
    by_fit = why in _BY_FIT or (why == "waiting" and _is_used(claim, lists))
    unfit = _of_its_name(claim, volume_name, lists) if volume_name else _nearest(claim, lists) if by_fit else []
    if unfit and (why != "class_missing" or _of_class(storage_class, lists)):
        why = "no_volume"  # a class of volumes that are made by hand needs no object
    classes = lists.of("StorageClass")
    default = only_default(classes)
    attributes: dict[str, str | bool] = {"storage_class": storage_class, "message": excerpt(message), "why": why}
    attributes["default_class"] = o.name(default) if default is not None else ""
    if why == "class_missing" and default is not None:
        attributes["missing_class"] = json.dumps(made_as(default, storage_class))
        attributes["creatable"] = not why_not_as_default(storage_class, classes, [claim])
    observations = [
        Observation(
            code="volume.claim_pending", subject=subject, at=o.created_at(claim), attributes=attributes,
            excerpt=excerpt(message),
        )
    ]  # fmt: skip
    return [*observations, *(Observation(code="volume.unfit", subject=subject, attributes=one) for one in unfit)]


def _of_its_name(claim: Obj, name: str, lists: Lists) -> list[dict[str, Any]]:
    """What is against the one volume that the claim names: no other is taken, and none is made."""
    volume = lists.by_name("PersistentVolume", name)
    if volume is None:
        against = ["it does not exist"] if lists.has("PersistentVolume") else []
    else:
        against = list(_against(claim, volume))
    return [{"volume": name, "against": against, "named": True}] if against else []


def _is_used(claim: Obj, lists: Lists) -> bool:
    """Whether a pod waits for it: a class may let claims wait for their first one."""
    volumes = (v for pod in lists.of("Pod") for v in o.spec(pod).get("volumes") or [])
    return any((v.get("persistentVolumeClaim") or {}).get("claimName") == o.name(claim) for v in volumes)


def _of_class(storage_class: str, lists: Lists) -> bool:
    return any(str(o.spec(v).get("storageClassName") or "") == storage_class for v in lists.of("PersistentVolume"))


def _nearest(claim: Obj, lists: Lists) -> list[dict[str, Any]]:
    """The free volume with the least against it; none where one fits, or where volumes are made on demand."""
    if not lists.has("PersistentVolume") or _is_provisioned(claim, lists):
        return []
    free = [v for v in lists.of("PersistentVolume") if o.status(v).get("phase") in FREE]
    against = sorted(
        ((list(_against(claim, volume)), o.name(volume)) for volume in free), key=lambda x: (len(x[0]), x[1])
    )
    if not against or not against[0][0]:
        return []
    return [{"volume": against[0][1], "against": against[0][0], "named": False}]


def fitting(claim: Obj, lists: Lists) -> list[Obj]:
    """The free volumes that the claim could have; of a class that makes volumes none is taken."""
    if _is_provisioned(claim, lists):
        return []
    free = [v for v in lists.of("PersistentVolume") if o.status(v).get("phase") in FREE]
    return [volume for volume in free if not any(_against(claim, volume))]


def _is_provisioned(claim: Obj, lists: Lists) -> bool:
    """Whether its class makes volumes; of a class that was not read nothing is known."""
    name = o.spec(claim).get("storageClassName")
    if name == "":
        return False
    if not lists.has("StorageClass"):
        return True
    classes = lists.of("StorageClass")
    candidates = [c for c in classes if o.name(c) == name or (name is None and is_default(c))]
    return any(c.get("provisioner") != BY_HAND for c in candidates)


def _against(claim: Obj, volume: Obj) -> Iterator[str]:
    """Each thing for which the volume is not taken."""
    claim_spec, has = o.spec(claim), o.spec(volume)
    holder = has.get("claimRef") or {}
    own = str(o.meta(claim).get("namespace", "")), o.name(claim)
    if holder and (str(holder.get("namespace", "")), str(holder.get("name", ""))) != own:
        yield f"it is kept for the claim {holder.get('namespace')}/{holder.get('name')}"
    elif holder.get("uid") and o.meta(claim).get("uid") and holder["uid"] != o.meta(claim)["uid"]:
        yield "it is kept for an earlier claim of this name, which is gone"
    if (mine := str(has.get("storageClassName") or "")) != (
        class_name := str(claim_spec.get("storageClassName") or "")
    ):
        yield f"its class is {mine or 'none'}, not {class_name or 'none'}"
    size = str((claim_spec.get("resources") or {}).get("requests", {}).get("storage", ""))
    room = str((has.get("capacity") or {}).get("storage", ""))
    if (least := amount(size)) is not None and (most := amount(room)) is not None and most < least:
        yield f"it has {room}, and {size} are asked for"
    modes = [str(mode) for mode in has.get("accessModes") or []]
    if lacking := [str(mode) for mode in claim_spec.get("accessModes") or [] if mode not in modes]:
        yield f"it can be mounted {', '.join(modes)}, not {', '.join(lacking)}"
    if (form := has.get("volumeMode") or "Filesystem") != (other := claim_spec.get("volumeMode") or "Filesystem"):
        yield f"its mode is {form}, not {other}"
    selector = claim_spec.get("selector") or {}
    if selector and not selects(selector, o.labels(volume)):
        text = o.selector_text(selector.get("matchLabels") or {}) or "others"
        yield f"its labels are {o.selector_text(o.labels(volume)) or 'none'}, and {text} is asked for"
