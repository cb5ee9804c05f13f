"""Questions about rights, one's own or another user's, answered by the same rules that requests meet."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sre_lab.kubernetes import bodies, rbac, tokens
from sre_lab.kubernetes.access import reason_to_allow
from sre_lab.kubernetes.identity import ApiUser
from sre_lab.kubernetes.kinds import ApiResource, resources
from sre_lab.kubernetes.representation import respond
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.statuses import bad_request, invalid, invalid_value
from sre_lab.world import World

Obj = dict[str, Any]
KINDS = (
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "SelfSubjectReview",
    "SubjectAccessReview",
    "LocalSubjectAccessReview",
    "TokenReview",
)


def answer(world: World, user: ApiUser, call: ApiRequest, body: tuple[bytes, str]) -> Response:
    """201 with the review's status filled in."""
    review = bodies.parse_object(*body, call.resource)
    spec = review.get("spec") or {}
    kind = call.resource.kind
    if kind == "SelfSubjectAccessReview":
        status = _access(world, user, spec)
    elif kind in ("SubjectAccessReview", "LocalSubjectAccessReview"):
        status = _access(world, _asked_about(call, spec), spec)
    elif kind == "SelfSubjectRulesReview":
        status = _rules(world, user, spec.get("namespace", ""))
    elif kind == "TokenReview":
        status = tokens.review_token(world, spec)
    else:
        status = {"userInfo": user.info}
    head = {"kind": call.resource.kind, "apiVersion": call.resource.api_version}
    if kind == "SelfSubjectRulesReview":
        spec = {}
    return respond(head | {"metadata": {"creationTimestamp": None}, "spec": spec, "status": status}, 201)


def _asked_about(call: ApiRequest, spec: Obj) -> ApiUser:
    """The user that a review names; ApiStatusError 422 if it names none, 400 for a namespace other than the path's."""
    name, groups = spec.get("user", ""), spec.get("groups") or []
    if not name and not groups:
        text = "at least one of user or group must be specified"
        raise invalid(call.resource, "", [invalid_value("spec.user", "", text)])
    namespace = (spec.get("resourceAttributes") or {}).get("namespace", "")
    if call.namespace and namespace != call.namespace:
        raise bad_request(f"spec.resourceAttributes.namespace must match namespace: {call.namespace}")
    return ApiUser(name, tuple(groups))


def _access(world: World, user: ApiUser, spec: Obj) -> Obj:
    attributes = spec.get("resourceAttributes") or {}
    if not attributes:
        url = spec.get("nonResourceAttributes") or {}
        return {"allowed": rbac.may_read(world, user, url.get("path", ""), url.get("verb", "get"))}
    verb, below, namespace = (
        attributes.get("verb", "get"),
        attributes.get("subresource", ""),
        attributes.get("namespace", ""),
    )
    resource, name = _resource(attributes), attributes.get("name", "")
    if resource is None:
        what = attributes.get("resource", "") + (f"/{below}" if below else "")
        grant = rbac.grant(world, user, verb, attributes.get("group", ""), what, namespace, name)
        why = "" if user.may_everything else grant
    else:
        why = reason_to_allow(world, user, verb, resource, below, namespace, name)
    if why is None:
        return {"allowed": False}
    return {"allowed": True, "reason": why} if why else {"allowed": True}


def _resource(attributes: Obj) -> ApiResource | None:
    return next(
        (r for r in resources() if r.plural == attributes.get("resource") and r.group == attributes.get("group", "")),
        None,
    )


def _rules(world: World, user: ApiUser, namespace: str) -> Obj:
    if not user.may_everything:
        rules = [rule for _, rule in rbac.grants(world, user, namespace) if "resources" in rule]
    elif not world.refusals:
        rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    else:
        rules = [row for r in resources() for row in _resource_rules(world, user, r, namespace)]
    return {
        "resourceRules": rules,
        "nonResourceRules": rbac.url_rules(world, user),
        "incomplete": False,
    }


def _resource_rules(world: World, user: ApiUser, resource: ApiResource, namespace: str) -> list[Obj]:
    rows = []
    for below, verbs in [("", resource.verbs), *((s.name, s.verbs) for s in resource.subresources)]:
        left = [v for v in verbs if reason_to_allow(world, user, v, resource, below, namespace) is not None]
        name = f"{resource.plural}/{below}" if below else resource.plural
        if left:
            rows.append({"verbs": left, "apiGroups": [resource.group], "resources": [name]})
    return rows
