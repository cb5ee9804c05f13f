"""status, scale, eviction, finalize, binding, token and ephemeralcontainers: what hangs below an object."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sre_lab.kubernetes import bodies, disruptions, ephemeral, field_validation, tokens
from sre_lab.kubernetes.budgets import budget_state, is_ready
from sre_lab.kubernetes.delete_requests import delete_object
from sre_lab.kubernetes.kinds import ApiResource, of_kind
from sre_lab.kubernetes.patch_requests import apply_patch
from sre_lab.kubernetes.printing.workloads import selector_text
from sre_lab.kubernetes.read_requests import require_object
from sre_lab.kubernetes.representation import one, respond
from sre_lab.kubernetes.requests import ApiRequest
from sre_lab.kubernetes.rules.shapes import NOT_NEGATIVE
from sre_lab.kubernetes.selectors import matches
from sre_lab.kubernetes.statuses import ApiStatusError, conflict, invalid, invalid_value, required_value
from sre_lab.kubernetes.write_requests import Body, replace_object
from sre_lab.objects.store import Obj
from sre_lab.world import World

_SCALE = ApiResource("autoscaling", "v1", "scales", "Scale")
_BINDING = ApiResource("", "v1", "bindings", "Binding")
_PODS_BINDING = ApiResource("", "v1", "pods/binding", "Binding")


def answer(world: World, call: ApiRequest, body: Body) -> Response:
    """The subresource's own answer; ApiStatusError as the main resource gives them."""
    if call.resource.kind == "Binding" or call.subresource == "binding":
        return _bind(world, call, body)
    old = require_object(world, call.resource, call.namespace, call.name)
    if call.subresource == "scale":
        return _scale(world, call, old, body)
    if call.subresource == "eviction":
        return _evict(world, call, old, body)
    if call.subresource == "token":
        return tokens.create_token(world, call, old, body)
    if call.subresource == "ephemeralcontainers":
        return _enter(world, call, old, body)
    return _status(world, call, old, body)


def _status(world: World, call: ApiRequest, old: Obj, body: Body) -> Response:
    """Only the status changes here, whatever else the body says (finalize: only spec.finalizers)."""
    if call.verb == "get":
        return one(call, old, world.clock.now())
    new = _sent_object(call, old, body)
    part = "spec" if call.subresource == "finalize" else "status"
    meta = {**old["metadata"], "resourceVersion": new["metadata"].get("resourceVersion")}
    result = {**old, "metadata": meta, part: new.get(part) or {}}
    return one(call, replace_object(world, call, old, result), world.clock.now())


def _bind(world: World, call: ApiRequest, body: Body) -> Response:
    """Give an unscheduled pod its node, as a scheduler does."""
    sent = bodies.parse_object(*body, _BINDING)
    name = call.name if call.subresource else sent["metadata"].get("name", "")
    pod = require_object(world, of_kind("Pod"), call.namespace, name)
    if pod["spec"].get("nodeName"):
        text = f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise conflict(_PODS_BINDING, name, text)
    node = (sent.get("target") or {}).get("name", "")
    if not node:
        raise invalid(_BINDING, name, [required_value("target.name")])
    if not call.dry_run:
        world.objects.replace({**pod, "spec": {**pod["spec"], "nodeName": node}})
    return respond({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)


def _enter(world: World, call: ApiRequest, old: Obj, body: Body) -> Response:
    """Only containers for debugging can be added here, whatever else the body says."""
    if call.verb == "get":
        return one(call, old, world.clock.now())
    sent = (_sent_object(call, old, body).get("spec") or {}).get("ephemeralContainers") or []
    new = {**old, "spec": {**old["spec"], "ephemeralContainers": ephemeral.with_defaults(sent)}}
    if wrong := list(ephemeral.causes(new, old)):
        raise invalid(call.resource, call.name, wrong)
    return one(call, new if call.dry_run else world.objects.replace(new), world.clock.now())


def _sent_object(call: ApiRequest, old: Obj, body: Body) -> Obj:
    if call.verb == "update":
        return field_validation.parse_object(call, body, old)
    return apply_patch(call, old, body[0], bodies.media_type(body[1]))


def _scale(world: World, call: ApiRequest, old: Obj, body: Body) -> Response:
    scale = _scale_of(old)
    if call.verb == "get":
        return respond(scale)
    scale_call = replace(call, resource=_SCALE)
    if call.verb == "update":
        new = field_validation.parse_object(scale_call, body)
    else:
        new = apply_patch(scale_call, scale, body[0], bodies.media_type(body[1]))
    version = new["metadata"].get("resourceVersion")
    if version and version != old["metadata"]["resourceVersion"]:
        raise conflict(call.resource, call.name)
    replicas = (new.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        raise invalid(_SCALE, call.name, [invalid_value("spec.replicas", replicas, NOT_NEGATIVE)])
    after = replace_object(world, call, old, {**old, "spec": {**old["spec"], "replicas": replicas}})
    return respond(_scale_of(after))


def _scale_of(obj: Obj) -> Obj:
    meta = obj["metadata"]
    fields = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    selector: Any = obj["spec"].get("selector") or {}
    if obj["kind"] == "ReplicationController":
        selector = {"matchLabels": selector}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in fields if k in meta},
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": {"replicas": (obj.get("status") or {}).get("replicas", 0), "selector": selector_text(selector)},
    }


def _evict(world: World, call: ApiRequest, pod: Obj, body: Body) -> Response:
    """Delete the pod if its disruption budgets allow it; ApiStatusError 429 with the budget as cause if not."""
    delete_options = bodies.parse_options(*body).get("deleteOptions") or {}
    idle = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Pending")
    if not idle and not pod["metadata"].get("deletionTimestamp"):
        _respect_budgets(world, pod)
    if not call.dry_run and "All" not in (delete_options.get("dryRun") or []):
        pod = disruptions.mark(world, pod, disruptions.BY_EVICTION)
    delete_object(world, call, pod, delete_options)
    return respond({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)


def _respect_budgets(world: World, pod: Obj) -> None:
    namespace, labels = pod["metadata"]["namespace"], pod["metadata"].get("labels") or {}
    budgets = [
        b for b in world.objects.all("PodDisruptionBudget", namespace) if matches(b["spec"].get("selector"), labels)
    ]
    if len(budgets) > 1:
        text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise ApiStatusError(500, "InternalError", text, {"causes": [{"message": text}]})
    for budget in budgets:
        now = budget_state(world, budget)
        if not is_ready(pod) and budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
            continue
        if now.current_healthy - is_ready(pod) < now.desired_healthy:
            name = budget["metadata"]["name"]
            needs, has = now.desired_healthy, now.current_healthy
            cause = f"The disruption budget {name} needs {needs} healthy pods and has {has} currently"
            raise ApiStatusError(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
                {"causes": [{"reason": "DisruptionBudget", "message": cause}]},
            )
