"""Admission webhooks: which of them an object concerns, and what becomes of the call to each.

A webhook is a Service of the cluster. Without a ready endpoint the call fails, as on a real cluster, and the webhook's
failure policy decides; a ready backend answers what the facts of its image say.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from sre_lab.kubernetes.kinds import of_kind
from sre_lab.kubernetes.patches import strategic_merge
from sre_lab.kubernetes.selectors import matches
from sre_lab.objects.store import Obj
from sre_lab.scenario.images import WebhookProfile
from sre_lab.world import World

MUTATING, VALIDATING = "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"
EXEMPT = (MUTATING, VALIDATING, "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "Event", "Lease")
DEFAULT_SECONDS = 10
SILENT = WebhookProfile()  # a backend whose image says nothing about it lets everything pass


class WebhookCallError(Exception):
    """A webhook could not be called; the message is the API server's."""


class WebhookDeniedError(Exception):
    """A webhook said no; the message is the API server's."""


def mutate(world: World, obj: Obj, operation: str) -> Obj:
    """The object as the mutating webhooks leave it; WebhookCallError or WebhookDeniedError."""
    for webhook in _matching_webhooks(world, MUTATING, obj, operation):
        facts = _call(world, webhook)
        if facts is None:
            continue
        _obey(webhook, facts)
        if facts.patches:
            obj = strategic_merge(obj["kind"], obj, _for_each_container(facts.patches, obj))
    return obj


def validate(world: World, obj: Obj, operation: str) -> None:
    """WebhookCallError or WebhookDeniedError when a validating webhook refuses the object."""
    for webhook in _matching_webhooks(world, VALIDATING, obj, operation):
        facts = _call(world, webhook)
        if facts is not None:
            _obey(webhook, facts)


def _obey(webhook: Obj, facts: WebhookProfile) -> None:
    if facts.denies:
        raise WebhookDeniedError(f'admission webhook "{webhook["name"]}" denied the request: {facts.denies}')


def _matching_webhooks(world: World, kind: str, obj: Obj, operation: str) -> Iterator[Obj]:
    if obj["kind"] in EXEMPT:
        return
    for configuration in world.objects.all(kind):
        for webhook in configuration.get("webhooks") or []:
            if _selects(world, webhook, obj) and any(_covers(r, obj, operation) for r in webhook.get("rules") or []):
                yield webhook


def _selects(world: World, webhook: Obj, obj: Obj) -> bool:
    meta = obj["metadata"]
    is_namespaced = bool(meta.get("namespace")) or obj["kind"] == "Namespace"
    if webhook.get("namespaceSelector") and is_namespaced:
        namespace = world.objects.get("Namespace", "", meta.get("namespace", "")) or {"metadata": {}}
        about = obj if obj["kind"] == "Namespace" else namespace
        if not matches(webhook["namespaceSelector"], about["metadata"].get("labels") or {}):
            return False
    object_selector = webhook.get("objectSelector")
    return not object_selector or matches(object_selector, meta.get("labels") or {})


def _covers(rule: Obj, obj: Obj, operation: str) -> bool:
    resource = of_kind(obj["kind"])
    scope = "Namespaced" if resource.namespaced else "Cluster"
    return (
        _has(rule.get("operations"), operation)
        and _has(rule.get("apiGroups"), resource.group)
        and _has(rule.get("apiVersions"), resource.version)
        and any(name in (rule.get("resources") or []) for name in (resource.plural, f"{resource.plural}/*", "*", "*/*"))
        and rule.get("scope", "*") in ("*", scope)
    )


def _has(entries: list[str] | None, value: str) -> bool:
    return value in (entries or []) or "*" in (entries or [])


def _call(world: World, webhook: Obj) -> WebhookProfile | None:
    """What the backend's image says; None when the call failed and the policy ignores that."""
    seconds = webhook.get("timeoutSeconds", DEFAULT_SECONDS)
    client = webhook.get("clientConfig") or {}
    try:
        facts = _answering(world, client)
        if facts.takes >= seconds:
            raise WebhookCallError("context deadline exceeded")
        return facts
    except WebhookCallError as problem:
        if webhook.get("failurePolicy", "Fail") == "Ignore":
            return None
        what = f'failed calling webhook "{webhook["name"]}": failed to call webhook'
        raise WebhookCallError(f'Internal error occurred: {what}: Post "{_url(client, seconds)}": {problem}') from None


def _url(client: Obj, seconds: int) -> str:
    service = client.get("service")
    if not service:
        return f"{client.get('url', '')}?timeout={seconds}s"
    port, path = service.get("port", 443), service.get("path") or "/"
    return f"https://{service['name']}.{service['namespace']}.svc:{port}{path}?timeout={seconds}s"


def _answering(world: World, client: Obj) -> WebhookProfile:
    """The webhook facts of the container behind the call; WebhookCallError with the cause where nobody answers."""
    service = client.get("service")
    if not service:
        host = str(client.get("url", "")).partition("://")[2].partition("/")[0].partition(":")[0]
        raise WebhookCallError(f"dial tcp: lookup {host} on 10.96.0.10:53: no such host")
    namespace, name = service["namespace"], service["name"]
    if world.objects.get("Service", namespace, name) is None:
        raise WebhookCallError(f'service "{name}" not found')
    endpoints = world.objects.get("Endpoints", namespace, name) or {}
    addresses = [a for subset in endpoints.get("subsets") or [] for a in subset.get("addresses") or []]
    pods = [world.objects.get("Pod", namespace, (a.get("targetRef") or {}).get("name", "")) for a in addresses]
    for pod in pods:
        if pod is not None:
            images = [world.images.get(c.get("image", "")) for c in pod["spec"]["containers"]]
            return next((image.webhook for image in images if image is not None and image.webhook), SILENT)
    raise WebhookCallError(f'no endpoints available for service "{name}"')


def _for_each_container(patch: dict[str, Any], obj: Obj) -> dict[str, Any]:
    """The patch with the entry for container `*` repeated for every container of a pod."""
    result = copy.deepcopy(patch)
    for part in ("containers", "initContainers"):
        rows = (result.get("spec") or {}).get(part)
        if not rows:
            continue
        names = [c["name"] for c in (obj.get("spec") or {}).get(part) or []]
        result["spec"][part] = [
            {**row, "name": name} for row in rows for name in (names if row.get("name") == "*" else [row["name"]])
        ]
    return result
