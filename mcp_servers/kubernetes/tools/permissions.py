"""Tool `kubectl_can_i`: whether an identity may do something, as the API server itself decides."""

from __future__ import annotations

import json
from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation, Subject
from mcp_servers.kubernetes import inputs
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.observe.roles import BINDINGS, bindings_of, missing_rule, roles_at_hand
from mcp_servers.kubernetes.snapshot.kinds import any_resource
from mcp_servers.kubernetes.snapshot.reading import compact, read
from mcp_servers.serving.registry import read_tool

BASE: Final = "/apis/authorization.k8s.io/v1"
ACCOUNT: Final = "system:serviceaccount"


class Permissions:
    def __init__(self, api: Api) -> None:
        self._api = api

    @read_tool("Check a permission")
    def kubectl_can_i(
        self,
        verb: inputs.Verb,
        resource: inputs.ResourceName,
        namespace: inputs.NamespaceOrAll = "",
        name: inputs.RightName = "",
        identity: inputs.Identity = "",
    ) -> Answer:
        """Whether an identity may `verb` a `resource` (a kind, plural or short name, also with a subresource:
        `/log`).

        `identity` is a user name, or `namespace/name` of a service account; empty: this server's own. Checking another
        one needs the permission to create subjectaccessreviews. For a service account that may not, its bindings are
        listed.
        """
        kind, _, part = resource.partition("/")
        resource_type = any_resource(self._api, kind)
        attributes = {
            "verb": verb, "group": resource_type.group, "resource": resource_type.plural, "subresource": part,
            "namespace": namespace, "name": name,
        }  # fmt: skip
        spec: dict[str, Any] = {"resourceAttributes": {key: value for key, value in attributes.items() if value}}
        review = "SelfSubjectAccessReview"
        if identity:
            review, spec = "SubjectAccessReview", spec | _who(identity)
        request = f"{verb} {resource}" + (f" in namespace {namespace}" if namespace else "")
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": review, "spec": spec}
        reply = self._api.review(f"{BASE}/{review.lower()}s", body, request=f"whether {identity or 'I'} may {request}")
        status = reply.body.get("status") or {}
        allowed = bool(status.get("allowed"))
        who = identity or "This server's identity"
        reason = str(status.get("reason") or "")
        fact, read_besides = self._fact(
            identity, verb, resource, namespace, None if allowed else missing_rule(verb, resource_type, part)
        )
        return Answer(
            text=f"{who} may {'' if allowed else 'not '}{request}." + (f" {untrusted(reason)}" if reason else ""),
            as_of=reply.as_of,
            data={"allowed": allowed, "denied": bool(status.get("denied")), "reason": reason, "identity": identity},
            observations=fact,
            coverage=[Coverage(looked_at=f"access review of {request}"), *read_besides],
        )

    def _fact(
        self, identity: str, verb: str, resource: str, namespace: str, missing: dict[str, Any] | None
    ) -> tuple[list[Observation], list[Coverage]]:
        """The answer as a fact on the account that was asked for; `missing` is the rule that would allow it."""
        place, _, account = identity.partition("/")
        if not account:
            return [], []
        attributes: dict[str, Any] = {"verb": verb, "resource": resource, "namespace": namespace}
        about = Subject(scope=self._api.name, kind="ServiceAccount", namespace=place, name=account)
        if missing is None:
            return [Observation(code="access.allowed", subject=about, attributes=attributes)], []
        lists = read(self._api, namespace or place, (*BINDINGS, "Role"), beside=True)
        attributes["bindings"] = bindings_of(place, account, lists)
        if lists.has("Role") and namespace:
            attributes |= {"rule": json.dumps(missing), **roles_at_hand(missing, attributes["bindings"], lists)}
        return [Observation(code="access.denied", subject=about, attributes=attributes)], compact(lists.coverage)


def _who(identity: str) -> dict[str, Any]:
    """The user and groups of an identity; a service account is in the groups that all of its kind are in."""
    namespace, _, name = identity.partition("/")
    if not name:
        return {"user": identity, "groups": ["system:authenticated"]}
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
    return {"user": f"{ACCOUNT}:{namespace}:{name}", "groups": groups}
