"""Questions about one's own rights, answered by the same rules that requests meet."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sre_agent.lab.kubernetes import bodies, protobuf, rbac
from sre_agent.lab.kubernetes.access import reason_to_allow
from sre_agent.lab.kubernetes.identity import User
from sre_agent.lab.kubernetes.kinds import Resource, resources
from sre_agent.lab.kubernetes.representation import respond
from sre_agent.lab.kubernetes.requests import Call
from sre_agent.lab.world import World

Obj = dict[str, Any]
KINDS = ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview")


def answer(world: World, user: User, call: Call, body: tuple[bytes, str]) -> Response:
    """201 with the review's status filled in. Bodies are JSON or, as kubectl sends them, protobuf."""
    content, header = body
    if header.startswith(bodies.PROTOBUF):
        review = protobuf.decode(content)
    else:
        review = bodies.parse_object(content, header, call.resource)
    spec = review.get("spec") or {}
    if call.resource.kind == "SelfSubjectAccessReview":
        status = _access(world, user, spec)
    elif call.resource.kind == "SelfSubjectRulesReview":
        status = _rules(world, user, spec.get("namespace", ""))
    else:
        status = {"userInfo": {"username": user.name, "groups": list(user.groups)}}
    shown = {"kind": call.resource.kind, "apiVersion": call.resource.api_version}
    return respond(shown | {"metadata": {"creationTimestamp": None}, "spec": spec, "status": status}, 201)


def _access(world: World, user: User, spec: Obj) -> Obj:
    asked = spec.get("resourceAttributes") or {}
    if not asked:
        path = (spec.get("nonResourceAttributes") or {}).get("path", "")
        return {"allowed": user.may_everything or _may_read(user, path)}
    verb, below, namespace = asked.get("verb", "get"), asked.get("subresource", ""), asked.get("namespace", "")
    resource, name = _resource(asked), asked.get("name", "")
    if resource is None:
        what = asked.get("resource", "") + (f"/{below}" if below else "")
        granted = rbac.grant(world, user, verb, asked.get("group", ""), what, namespace, name)
        why = "" if user.may_everything else granted
    else:
        why = reason_to_allow(world, user, verb, resource, below, namespace, name)
    if why is None:
        return {"allowed": False}
    return {"allowed": True, "reason": why} if why else {"allowed": True}


def _may_read(user: User, path: str) -> bool:
    return any(path == known or (known.endswith("*") and path.startswith(known[:-1])) for known in rbac.paths(user))


def _resource(asked: Obj) -> Resource | None:
    return next(
        (r for r in resources() if r.plural == asked.get("resource") and r.group == asked.get("group", "")),
        None,
    )


def _rules(world: World, user: User, namespace: str) -> Obj:
    urls = ["*"]
    if not user.may_everything:
        rules = [rule for _, rule in rbac.grants(world, user, namespace) if "resources" in rule]
        urls = list(rbac.paths(user))
    elif not world.refusals:
        rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    else:
        rules = [row for r in resources() for row in _allowed(world, user, r, namespace)]
    return {
        "resourceRules": rules,
        "nonResourceRules": [{"verbs": ["*"] if user.may_everything else ["get"], "nonResourceURLs": urls}],
        "incomplete": False,
    }


def _allowed(world: World, user: User, resource: Resource, namespace: str) -> list[Obj]:
    rows = []
    for below, verbs in [("", resource.verbs), *((s.name, s.verbs) for s in resource.subresources)]:
        left = [v for v in verbs if reason_to_allow(world, user, v, resource, below, namespace) is not None]
        name = f"{resource.plural}/{below}" if below else resource.plural
        if left:
            rows.append({"verbs": left, "apiGroups": [resource.group], "resources": [name]})
    return rows
