"""create, update, patch, delete and deletecollection: everything is prepared and checked, then stored unless dry."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from starlette.responses import Response

from sre_agent.lab.clock import rfc3339
from sre_agent.lab.kubernetes import bodies, deletion, patches, quantities
from sre_agent.lab.kubernetes.admission import AdmissionError, admit
from sre_agent.lab.kubernetes.changes import allocate, keep_allocated
from sre_agent.lab.kubernetes.conversion import shown, stored
from sre_agent.lab.kubernetes.defaults import first_status, with_defaults
from sre_agent.lab.kubernetes.reading import existing, selected
from sre_agent.lab.kubernetes.representation import many, one, respond
from sre_agent.lab.kubernetes.requests import Call, number
from sre_agent.lab.kubernetes.schema import check_fields
from sre_agent.lab.kubernetes.statuses import (
    ApiError,
    already_exists,
    bad_request,
    conflict,
    details,
    invalid,
    invalid_options,
    invalid_patch,
    not_found,
    required,
    success,
    unsupported_media_type,
)
from sre_agent.lab.kubernetes.store import Obj
from sre_agent.lab.kubernetes.validation import causes
from sre_agent.lab.world import World

RETURNED = (  # kinds whose delete answers with the object, not with a Status
    "Pod",
    "Service",
    "ServiceAccount",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ResourceQuota",
    "StorageClass",
    "CSIDriver",
    "CSINode",
    "VolumeAttachment",
)
APPLY_TYPES = ("application/apply-patch+yaml", "application/apply-patch+json")
Body = tuple[bytes, str]  # the body and its Content-Type


def create(world: World, call: Call, body: Body) -> Response:
    obj = bodies.parse_object(*body, call.resource)
    return one(call, created(world, call, obj), world.clock.now(), 201)


def created(world: World, call: Call, obj: Obj) -> Obj:
    """The new object, stored unless the call is a dry run."""
    resource, meta = call.resource, obj["metadata"]
    check_fields(obj, resource, call.query)
    if bodies.wrong_quantity(obj):
        raise bodies.cannot_handle(resource, quantities.WRONG)
    _same_place(call, meta)
    if call.namespace:
        meta["namespace"] = call.namespace
        if world.objects.get("Namespace", "", call.namespace) is None:
            raise ApiError(
                404,
                "NotFound",
                f'namespaces "{call.namespace}" not found',
                {"name": call.namespace, "kind": "namespaces"},
            )
    new = with_defaults(stored(obj, resource))
    status = first_status(new)
    if status is not None:
        new["status"] = status
    for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp"):
        new["metadata"].pop(field, None)
    wrong = causes(new)
    if wrong:
        raise invalid(resource, new["metadata"].get("name", ""), wrong)
    new = allocate(world, new)
    name = new["metadata"].get("name")
    if name and world.objects.get(new["kind"], call.namespace, name) is not None:
        raise already_exists(resource, name)
    try:
        admit(world, new)
    except AdmissionError as refused:
        raise ApiError(403, "Forbidden", str(refused), details(resource, name or "")) from None
    if not call.dry_run:
        return world.objects.create(new)
    new["metadata"].setdefault("name", new["metadata"].get("generateName", "") + "dry0n")
    new["metadata"] |= {"uid": str(uuid.UUID(int=0)), "creationTimestamp": rfc3339(world.clock.now())}
    return new


def update(world: World, call: Call, body: Body) -> Response:
    obj = bodies.parse_object(*body, call.resource)
    check_fields(obj, call.resource, call.query)
    if bodies.wrong_quantity(obj):
        raise bodies.cannot_handle(call.resource, quantities.WRONG)
    old = existing(world, call.resource, call.namespace, call.name)
    return one(call, replaced(world, call, old, obj), world.clock.now())


def patch(world: World, call: Call, body: Body) -> Response:
    content, header = body
    media = bodies.media_type(header)
    old = world.objects.get(call.resource.kind, call.namespace, call.name)
    if media in APPLY_TYPES:
        if not call.query.get("fieldManager"):
            raise invalid_options("PatchOptions", [required("fieldManager", "is required for apply patch")])
        if old is None:
            new = bodies.parse_object(content, "application/yaml", call.resource)
            new["metadata"].setdefault("name", call.name)
            return one(call, created(world, call, new), world.clock.now(), 201)
    if old is None:
        raise not_found(call.resource, call.name)
    new = patched(call, shown(old, call.resource), content, media)
    return one(call, replaced(world, call, old, new), world.clock.now())


def patched(call: Call, base: Obj, content: bytes, media: str) -> Obj:
    """`base` with a patch of any form applied; ApiError 400, 415 or 422 when it cannot be."""
    kind = call.resource.kind
    try:
        if media == "application/json-patch+json":
            operations = bodies.parse_json(content)
            if not isinstance(operations, list):
                raise bad_request(
                    "error decoding patch: json: cannot unmarshal object into Go value of type []jsonpatch"
                )
            return _checked(call, patches.json_patch(base, operations), operations)
        is_apply = media in APPLY_TYPES
        change = bodies.parse_yaml(content) if is_apply else bodies.parse_json(content)
        if not isinstance(change, dict):
            raise bad_request("error decoding patch: the patch is no object")
        if media == "application/merge-patch+json":
            return _checked(call, patches.merge_patch(base, change), change)
        if is_apply or media == "application/strategic-merge-patch+json":
            return _checked(call, patches.strategic_merge(kind, base, change), change)
    except patches.PatchError as problem:
        text = "the server rejected our request due to an error in our request"
        raise ApiError(422, "Invalid", text, {"causes": [{"message": str(problem)}]}) from None
    raise unsupported_media_type()


def _checked(call: Call, new: Obj, change: Any) -> Obj:
    if bodies.wrong_quantity(new):
        raise invalid_patch(bodies.go_map(change), quantities.WRONG)
    check_fields(new, call.resource, call.query)
    return new


def replaced(world: World, call: Call, old: Obj, new: Obj) -> Obj:
    """`new` in the place of `old`: preconditions, defaults and validation, then stored unless the call is a dry run."""
    resource, meta = call.resource, new["metadata"]
    _same_place(call, meta)
    if meta.get("resourceVersion") and meta["resourceVersion"] != old["metadata"]["resourceVersion"]:
        raise conflict(resource, call.name)
    if meta.get("uid") and meta["uid"] != old["metadata"].get("uid"):
        text = (
            f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {old['metadata'].get('uid')}"
        )
        raise conflict(resource, call.name, text)
    result = with_defaults(stored(copy.deepcopy(new), resource))
    result["metadata"] = {**result["metadata"], "name": call.name}
    if call.namespace:
        result["metadata"]["namespace"] = call.namespace
    for fixed in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"):
        result["metadata"].pop(fixed, None)
        if fixed in old["metadata"]:
            result["metadata"][fixed] = old["metadata"][fixed]
    result["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
    if resource.has_status and call.subresource != "status":
        result.pop("status", None)
        if "status" in old:
            result["status"] = old["status"]
    result = keep_allocated(result, old)
    wrong = causes(result, old)
    if wrong:
        raise invalid(resource, call.name, wrong)
    if call.dry_run:
        return result
    after = world.objects.replace(result)
    if after["metadata"].get("deletionTimestamp") and not after["metadata"].get("finalizers") and _may_go(after):
        return world.objects.delete(after["kind"], call.namespace, call.name)
    return after


def _may_go(obj: Obj) -> bool:
    return obj["kind"] != "Pod" or not (obj.get("spec") or {}).get("nodeName")


def _same_place(call: Call, meta: Obj) -> None:
    if call.name and meta.get("name") not in (None, "", call.name):
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({call.name})")
    if meta.get("namespace") not in (None, "", call.namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")


def delete(world: World, call: Call, body: Body) -> Response:
    resource = call.resource
    old = existing(world, resource, call.namespace, call.name)
    after = deleted(world, call, old, options(call, body))
    if after is None and resource.kind not in RETURNED:
        return respond(success(resource, old))
    return one(call, after or old, world.clock.now())


def delete_collection(world: World, call: Call, body: Body) -> Response:
    test, asked = selected(call), options(call, body)
    found = [o for o in world.objects.all(call.resource.kind, call.namespace) if test(o)]
    after = [deleted(world, call, o, asked) or o for o in found]
    return many(call, after, {"resourceVersion": str(world.objects.version)}, world.clock.now())


def options(call: Call, body: Body) -> Obj:
    """DeleteOptions from body and query."""
    content, header = body
    bodies.media_type(header)
    found: Obj = {}
    if content.strip():
        read = bodies.parse_json(content)
        found = read if isinstance(read, dict) else {}
    if number(call.query, "gracePeriodSeconds") is not None:
        found.setdefault("gracePeriodSeconds", number(call.query, "gracePeriodSeconds"))
    if "propagationPolicy" in call.query:
        found.setdefault("propagationPolicy", call.query["propagationPolicy"])
    return found


def deleted(world: World, call: Call, old: Obj, asked: Obj) -> Obj | None:
    """The object as it stays for now with its deletionTimestamp, or None when it is gone."""
    _preconditions(call, old, asked.get("preconditions") or {})
    meta, grace = old["metadata"], asked.get("gracePeriodSeconds")
    namespace = meta.get("namespace", "")
    if call.dry_run or "All" in (asked.get("dryRun") or []):
        seconds = deletion.grace_of(old, grace)
        return deletion.marked(world, old, seconds) if seconds or deletion.held(world, old) else None
    propagation = asked.get("propagationPolicy") or ("Orphan" if asked.get("orphanDependents") else "Background")
    deletion.delete(world, old["kind"], namespace, meta["name"], grace=grace, propagation=propagation)
    return world.objects.get(old["kind"], namespace, meta["name"])


def _preconditions(call: Call, old: Obj, wanted: Obj) -> None:
    meta = old["metadata"]
    if wanted.get("uid") and wanted["uid"] != meta.get("uid"):
        raise conflict(
            call.resource,
            meta["name"],
            f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({meta.get('uid')}). "
            "The object might have been deleted and then recreated",
        )
    version = wanted.get("resourceVersion")
    if version and version != meta["resourceVersion"]:
        raise conflict(
            call.resource,
            meta["name"],
            f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
            f"({meta['resourceVersion']}). The object might have been modified",
        )
