"""Questions about one's own rights: answered from the world's refusals, everything else is allowed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sre_agent.lab.kubernetes import bodies, protobuf
from sre_agent.lab.kubernetes.access import USER, refusal
from sre_agent.lab.kubernetes.kinds import Resource, resources
from sre_agent.lab.kubernetes.representation import respond
from sre_agent.lab.kubernetes.requests import Call
from sre_agent.lab.world import World

Obj = dict[str, Any]
KINDS = ("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview")


def answer(world: World, call: Call, body: tuple[bytes, str]) -> Response:
    """201 with the review's status filled in. Bodies are JSON or, as kubectl sends them, protobuf."""
    content, header = body
    if header.startswith(bodies.PROTOBUF):
        review = protobuf.decode(content)
    else:
        review = bodies.parse_object(content, header, call.resource)
    spec = review.get("spec") or {}
    if call.resource.kind == "SelfSubjectAccessReview":
        status = _access(world, spec)
    elif call.resource.kind == "SelfSubjectRulesReview":
        status = _rules(world, spec.get("namespace", ""))
    else:
        status = {"userInfo": {"username": USER, "groups": ["system:masters", "system:authenticated"]}}
    shown = {"kind": call.resource.kind, "apiVersion": call.resource.api_version}
    return respond(shown | {"metadata": {"creationTimestamp": None}, "spec": spec, "status": status}, 201)


def _access(world: World, spec: Obj) -> Obj:
    asked = spec.get("resourceAttributes") or {}
    resource = _resource(asked)
    if resource is None:
        return {"allowed": True}
    found = refusal(
        world,
        asked.get("verb", "get"),
        resource,
        asked.get("subresource", ""),
        asked.get("namespace", ""),
        asked.get("name", ""),
    )
    return {"allowed": True} if found is None else {"allowed": False}


def _resource(asked: Obj) -> Resource | None:
    return next(
        (r for r in resources() if r.plural == asked.get("resource") and r.group == asked.get("group", "")),
        None,
    )


def _rules(world: World, namespace: str) -> Obj:
    if not world.refusals:
        rules = [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    else:
        rules = [row for r in resources() for row in _allowed(world, r, namespace)]
    return {
        "resourceRules": rules,
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }


def _allowed(world: World, resource: Resource, namespace: str) -> list[Obj]:
    rows = []
    for below, verbs in [("", resource.verbs), *((s.name, s.verbs) for s in resource.subresources)]:
        left = [v for v in verbs if refusal(world, v, resource, below, namespace) is None]
        name = f"{resource.plural}/{below}" if below else resource.plural
        if left:
            rows.append({"verbs": left, "apiGroups": [resource.group], "resources": [name]})
    return rows
