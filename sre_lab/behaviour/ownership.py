"""Who owns whom: controller references, by uid, or by kind and name where a recording has no uids."""

from __future__ import annotations

from collections.abc import Iterator

from sre_lab.objects.store import Obj, ObjectStore


def controller_of(obj: Obj) -> Obj | None:
    """The ownerReference of the controller that manages `obj`."""
    references: list[Obj] = obj["metadata"].get("ownerReferences") or []
    for reference in references:
        if reference.get("controller"):
            return reference
    return references[0] if len(references) == 1 else None


def is_owner(owner: Obj, reference: Obj) -> bool:
    meta = owner["metadata"]
    if reference.get("uid") and meta.get("uid"):
        return bool(reference["uid"] == meta["uid"])
    return bool(reference.get("kind") == owner["kind"] and reference.get("name") == meta["name"])


def owned_objects(objects: ObjectStore, kind: str, owner: Obj) -> list[Obj]:
    """The objects of `kind` that `owner` controls, ordered by name."""
    return [
        obj
        for obj in dependents(objects, kind, owner)
        if (reference := controller_of(obj)) is not None and is_owner(owner, reference)
    ]


def dependents(objects: ObjectStore, kind: str, owner: Obj) -> list[Obj]:
    """The objects of `kind` with a reference to `owner`, in its namespace if it has one."""
    meta = owner["metadata"]
    by_uid = objects.find(kind, _owners, meta.get("uid"))
    by_name = objects.find(kind, _owners, (owner["kind"], meta["name"]))
    candidates = sorted([*by_uid, *by_name], key=_place) if by_uid and by_name else by_uid or by_name
    namespace = meta.get("namespace", "")
    return [obj for obj in candidates if obj["metadata"].get("namespace", "") == namespace] if namespace else candidates


def without_owner(objects: ObjectStore, kind: str, namespace: str) -> list[Obj]:
    """The objects of `kind` in a namespace that nobody owns."""
    return objects.find(kind, _owners, ("", namespace))


def _owners(obj: Obj) -> Iterator[object]:
    """The uid that each reference gives, or where it gives none the kind and name."""
    references = obj["metadata"].get("ownerReferences")
    for reference in references or ():
        yield reference.get("uid") or (reference.get("kind"), reference.get("name"))
    if not references:
        yield "", obj["metadata"].get("namespace", "")


def _place(obj: Obj) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def owner_object(objects: ObjectStore, obj: Obj) -> Obj | None:
    """The live controller of `obj`; None when it has none or it is gone."""
    reference = controller_of(obj)
    if reference is None:
        return None
    owner = objects.get(reference["kind"], obj["metadata"].get("namespace", ""), reference["name"])
    return owner if owner is not None and is_owner(owner, reference) else None


def controller_reference(owner: Obj) -> Obj:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def adopt(objects: ObjectStore, obj: Obj, owner: Obj) -> Obj:
    """Make `owner` the controller of `obj`."""
    meta = obj["metadata"]
    reference = controller_reference(owner)
    return objects.edit(
        obj["kind"],
        meta.get("namespace", ""),
        meta["name"],
        lambda o: o["metadata"].update(ownerReferences=[reference]),
    )
