"""create, update and patch: everything is prepared and checked, then stored unless the call is a dry run."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response

from sre_lab.clock import rfc3339
from sre_lab.kubernetes import (
    bodies,
    deletion,
    escalation,
    field_validation,
    pod_security,
    server_side_apply,
    service_types,
)
from sre_lab.kubernetes.admission import AdmissionError, admit, admit_change
from sre_lab.kubernetes.changes import allocate, keep_allocated
from sre_lab.kubernetes.conversion import to_served, to_stored
from sre_lab.kubernetes.defaults import first_status, with_defaults
from sre_lab.kubernetes.patch_requests import apply_patch
from sre_lab.kubernetes.read_requests import require_object
from sre_lab.kubernetes.representation import one
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.rules import allocation
from sre_lab.kubernetes.statuses import (
    ApiStatusError,
    already_exists,
    apply_conflict,
    bad_request,
    conflict,
    details,
    invalid,
    invalid_options,
    not_found,
    required_value,
)
from sre_lab.kubernetes.validation import causes, status_causes
from sre_lab.objects.store import Obj
from sre_lab.world import World

APPLY_TYPES = ("application/apply-patch+yaml", "application/apply-patch+json")
Body = tuple[bytes, str]  # the body and its Content-Type


def create(world: World, call: ApiRequest, body: Body) -> Response:
    return one(call, create_object(world, call, field_validation.parse_object(call, body)), world.clock.now(), 201)


def create_object(world: World, call: ApiRequest, obj: Obj) -> Obj:
    """The new object, stored unless the call is a dry run."""
    resource, meta = call.resource, obj["metadata"]
    _same_place(call, meta)
    if call.namespace:
        meta["namespace"] = call.namespace
        if world.objects.get("Namespace", "", call.namespace) is None:
            raise ApiStatusError(
                404,
                "NotFound",
                f'namespaces "{call.namespace}" not found',
                {"name": call.namespace, "kind": "namespaces"},
            )
    escalation.check(world, call.user, obj)
    new = with_defaults(to_stored(obj, resource))
    status = first_status(new)
    if status is not None:
        new["status"] = status
    for field in ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp"):
        new["metadata"].pop(field, None)
    wrong = causes(new) or list(allocation.problems(world, new))
    if wrong:
        raise invalid(resource, new["metadata"].get("name", ""), wrong)
    new = allocate(world, new)
    name = new["metadata"].get("name")
    if name and world.objects.get(new["kind"], call.namespace, name) is not None:
        raise already_exists(resource, name)
    with admission(call, name or ""):
        admit(world, new)
    if warning := pod_security.violation_warning(world, new):
        call.warnings.append(warning)
    if not call.dry_run:
        return world.objects.create(new)
    new["metadata"].setdefault("name", new["metadata"].get("generateName", "") + "dry0n")
    new["metadata"] |= {"uid": str(uuid.UUID(int=0)), "creationTimestamp": rfc3339(world.clock.now())}
    return new


def update(world: World, call: ApiRequest, body: Body) -> Response:
    stored_one = world.objects.get(call.resource.kind, call.namespace, call.name)
    obj = field_validation.parse_object(call, body, stored_one and to_served(stored_one, call.resource))
    old = require_object(world, call.resource, call.namespace, call.name)
    return one(call, replace_object(world, call, old, obj), world.clock.now())


def patch(world: World, call: ApiRequest, body: Body) -> Response:
    field_validation.check_directive(call)
    content, header = body
    media = bodies.media_type(header)
    old = world.objects.get(call.resource.kind, call.namespace, call.name)
    if media in APPLY_TYPES:
        if not call.query.get("fieldManager"):
            raise invalid_options("PatchOptions", [required_value("fieldManager", "is required for apply patch")])
        return _apply(world, call, old, content)
    if old is None:
        raise not_found(call.resource, call.name)
    new = apply_patch(call, to_served(old, call.resource), content, media)
    return one(call, replace_object(world, call, old, new), world.clock.now())


def _apply(world: World, call: ApiRequest, old: Obj | None, content: bytes) -> Response:
    """Server-side apply; ApiStatusError 409 when other managers own what it wants to change."""
    config = bodies.parse_applied(content, call.resource)
    config["metadata"].setdefault("name", call.name)
    field_validation.check_applied(call, config)
    base = to_served(old, call.resource) if old is not None else {}
    manager, at = call.query["fieldManager"], rfc3339(world.clock.now())
    try:
        new = server_side_apply.apply(base, config, manager, force=call.flag("force"), at=at)
    except server_side_apply.FieldConflictError as problem:
        raise apply_conflict(problem.fields) from None
    new = {**new, "kind": config["kind"], "apiVersion": config["apiVersion"]}
    if old is None:
        return one(call, create_object(world, call, field_validation.check_created(call, new)), world.clock.now(), 201)
    new = field_validation.check_patched(call, base, new, config, [], strategic=True)
    return one(call, replace_object(world, call, old, new), world.clock.now())


def replace_object(world: World, call: ApiRequest, old: Obj, new: Obj) -> Obj:
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
    result = with_defaults(to_stored(copy.deepcopy(new), resource))
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
    _keep_owners(world, call, old, result)
    result = service_types.without_old_type(keep_allocated(result, old), old)
    wrong = status_causes(result, old) if call.subresource == "status" else causes(result, old)
    wrong = wrong or list(allocation.problems(world, result, old))
    if wrong:
        raise invalid(resource, call.name, wrong)
    if resource.kind == "Service":
        # A dry run gets what the write after it gets, so that what was previewed is what is done.
        dice = random.Random(str(old["metadata"].get("uid")))  # noqa: S311 - a simulation that repeats, not a secret
        result = allocate(world, result, dice)
    escalation.check(world, call.user, result)
    if not call.subresource:
        with admission(call, call.name):
            admit_change(world, result)
        if result.get("spec") != old.get("spec") and (warning := pod_security.violation_warning(world, result)):
            call.warnings.append(warning)
        call.warnings.extend(pod_security.demand_warnings(world, old, result))
    if call.dry_run:
        return result
    after = world.objects.replace(result)
    if deletion.may_go(after):
        return world.objects.delete(after["kind"], call.namespace, call.name)
    return after


def _keep_owners(world: World, call: ApiRequest, old: Obj, new: Obj) -> None:
    """Note in `new`, in place, who owns its applied fields now; a writer that says so itself is taken at its word."""
    owners = old["metadata"].get("managedFields")
    if owners and new["metadata"].get("managedFields", owners) == owners:
        writer = server_side_apply.FieldWriter(call.manager, call.subresource)
        new["metadata"]["managedFields"] = server_side_apply.fields_after_update(
            old, new, writer, rfc3339(world.clock.now())
        )


@contextmanager
def admission(call: ApiRequest, name: str) -> Iterator[None]:
    """Turns a refusal into its Status; one of a webhook has no details."""
    try:
        yield
    except AdmissionError as refused:
        info = details(call.resource, name) if "is forbidden:" in str(refused) else {}
        if refused.causes:
            info["causes"] = refused.causes
        raise ApiStatusError(refused.code, refused.reason, str(refused), info) from None


def _same_place(call: ApiRequest, meta: Obj) -> None:
    if call.name and meta.get("name") not in (None, "", call.name):
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({call.name})")
    if meta.get("namespace") not in (None, "", call.namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
