"""delete and deletecollection: preconditions, admission, and what the client is told about an object that stays."""

from __future__ import annotations

from starlette.responses import Response

from sre_lab.kubernetes import bodies, deletion
from sre_lab.kubernetes.admission import admit_deletion
from sre_lab.kubernetes.read_requests import require_object, selection
from sre_lab.kubernetes.representation import many, one, respond
from sre_lab.kubernetes.requests import ApiRequest, number
from sre_lab.kubernetes.statuses import conflict, success
from sre_lab.kubernetes.write_requests import Body, admission
from sre_lab.objects.store import Obj
from sre_lab.world import World

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


def delete(world: World, call: ApiRequest, body: Body) -> Response:
    resource = call.resource
    old = require_object(world, resource, call.namespace, call.name)
    after = delete_object(world, call, old, options(call, body))
    if after is None and resource.kind not in RETURNED:
        return respond(success(resource, old))
    return one(call, after or old, world.clock.now())


def delete_collection(world: World, call: ApiRequest, body: Body) -> Response:
    test, delete_options = selection(call), options(call, body)
    objects = [o for o in world.objects.all(call.resource.kind, call.namespace) if test(o)]
    after = [delete_object(world, call, o, delete_options) or o for o in objects]
    return many(call, after, {"resourceVersion": str(world.objects.version)}, world.clock.now())


def options(call: ApiRequest, body: Body) -> Obj:
    """DeleteOptions from body and query."""
    options = bodies.parse_options(*body)
    if number(call.query, "gracePeriodSeconds") is not None:
        options.setdefault("gracePeriodSeconds", number(call.query, "gracePeriodSeconds"))
    if "propagationPolicy" in call.query:
        options.setdefault("propagationPolicy", call.query["propagationPolicy"])
    return options


def delete_object(world: World, call: ApiRequest, old: Obj, delete_options: Obj) -> Obj | None:
    """The object as it stays for now with its deletionTimestamp, or None when it is gone."""
    _preconditions(call, old, delete_options.get("preconditions") or {})
    meta, grace = old["metadata"], delete_options.get("gracePeriodSeconds")
    with admission(call, meta["name"]):
        admit_deletion(world, old)
    namespace = meta.get("namespace", "")
    if call.dry_run or "All" in (delete_options.get("dryRun") or []):
        seconds = deletion.grace_of(old, grace)
        return deletion.mark_deleted(world, old, seconds) if seconds or deletion.has_finalizers(world, old) else None
    propagation = delete_options.get("propagationPolicy") or (
        "Orphan" if delete_options.get("orphanDependents") else "Background"
    )
    deletion.delete(world, old["kind"], namespace, meta["name"], grace=grace, propagation=propagation)
    return world.objects.get(old["kind"], namespace, meta["name"])


def _preconditions(call: ApiRequest, old: Obj, preconditions: Obj) -> None:
    meta = old["metadata"]
    if preconditions.get("uid") and preconditions["uid"] != meta.get("uid"):
        raise conflict(
            call.resource,
            meta["name"],
            f"the UID in the precondition ({preconditions['uid']}) "
            f"does not match the UID in record ({meta.get('uid')}). "
            "The object might have been deleted and then recreated",
        )
    version = preconditions.get("resourceVersion")
    if version and version != meta["resourceVersion"]:
        raise conflict(
            call.resource,
            meta["name"],
            f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record "
            f"({meta['resourceVersion']}). The object might have been modified",
        )
