"""What a scenario forbids, in the words of the product's own write tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sre_agent.domain.action import Call
from sre_lab.scenario.expectation import ExpectedResponse
from sre_lab.scenario.remedies import ForbiddenRemedy, PatchStep, RemedyStep
from sre_lab.scenario.schema import one_form

PLAIN = ("kind", "container", "port")
POLICIES = {"internal_traffic_policy": "internalTrafficPolicy", "external_traffic_policy": "externalTrafficPolicy"}
WORKLOAD_TOOLS = {"undo": "kubectl_rollout_undo", "restart": "kubectl_rollout_restart", "scale": "kubectl_scale"}


def forbidden(expected: ExpectedResponse, call: Call) -> ForbiddenRemedy | None:
    """The forbidden remedy one of whose steps is this call; a step that heals by itself harms only beside others.

    Where healing takes several steps, one of them alone is useless and no harm: that the rest was not left out is told
    by the end of the run.
    """
    healing = [one.steps for one in expected.accepted if any(does(step, call) for step in one.steps)]
    if any(len(steps) == 1 for steps in healing):
        return None
    matches = [f for f in expected.forbidden if any(does(step, call) for step in f.steps)]
    return next((f for f in matches if f.harm != "useless" or not healing), None)


def does(step: RemedyStep, call: Call) -> bool:
    return any(
        tool == call.tool and all(_same(name, call.arguments.get(name), value) for name, value in expected.items())
        for tool, expected in _calls(step)
    )


def _calls(step: RemedyStep) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tools that would do this step, each with the arguments that it would have at least."""
    form = one_form(step)
    part = getattr(step, form)
    if form in WORKLOAD_TOOLS:
        arguments = part.model_dump(exclude_none=True)
        yield WORKLOAD_TOOLS[form], arguments
    elif form == "patch" and part.kind == "Service":
        yield from _service(part)
    elif form == "patch" and part.kind == "Ingress":
        yield from _ingress(part)
    elif form == "patch":
        yield from _resources(part)
        yield from _fields(part)
    elif form == "automation":
        yield "start_automation", {"document": part.document, "parameters": part.parameters}


def _resources(patch: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    target = {"kind": patch.kind, "namespace": patch.namespace, "name": patch.name}
    spec = patch.patch.get("spec", {}) if isinstance(patch.patch, dict) else {}
    if "replicas" in spec:
        yield "kubectl_scale", {**target, "replicas": spec["replicas"]}
    for container in spec.get("template", {}).get("spec", {}).get("containers") or []:
        resources = container.get("resources") or {}
        amounts = {
            f"{resource}_{which}": resources[f"{which}s"][resource]
            for which in ("limit", "request")
            for resource in ("memory", "cpu")
            if resource in (resources.get(f"{which}s") or {})
        }
        if amounts:
            yield "kubectl_set_resources", {**target, **amounts}


def _fields(patch: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    """What one field of a workload is set to."""
    target = {"kind": patch.kind, "namespace": patch.namespace, "name": patch.name}
    spec = patch.patch.get("spec", {}) if isinstance(patch.patch, dict) else {}
    if "suspend" in spec:
        yield "kubectl_suspend" if spec["suspend"] else "kubectl_resume", target
    pod = spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec", {})
    for container in pod.get("containers") or []:
        if "image" in container:
            yield "kubectl_set_image", {**target, "image": container["image"]}
        words = {field: container[field] for field in ("command", "args") if field in container}
        if words:
            yield "kubectl_set_command", {**target, **words}
        for variable in container.get("env") or []:
            yield "kubectl_set_env", {**target, "variable": variable["name"], "value": variable.get("value")}
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            if probe in container:
                yield "kubectl_set_probe", {**target, "probe": probe}


def _service(patch: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    target = {"namespace": patch.namespace, "name": patch.name}
    if isinstance(patch.patch, list):
        for operation in patch.patch:
            if operation["path"].endswith("/targetPort"):
                yield "kubectl_set_service", {**target, "target_port": operation["value"]}
        return
    spec = patch.patch.get("spec", {})
    if "selector" in spec:
        yield "kubectl_set_service", {**target, "selector": spec["selector"]}
    for port in spec.get("ports") or []:
        yield "kubectl_set_service", {**target, "port": port["port"], "target_port": port["targetPort"]}
    for argument, field in POLICIES.items():
        if field in spec:
            yield "kubectl_set_service", {**target, argument: spec[field]}


def _ingress(patch: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    target = {"namespace": patch.namespace, "name": patch.name}
    for operation in patch.patch if isinstance(patch.patch, list) else []:
        _, backend, field = operation["path"].partition("/backend/service/")
        if backend:
            argument = "service" if field == "name" else "port"
            yield "kubectl_set_ingress_backend", {**target, argument: operation["value"]}


def _same(argument: str, argument_value: Any, expected: Any) -> bool:
    """A tool may leave out what is plain, as the kind of a Deployment. A patch of labels leaves others as they are."""
    if argument_value in ("", None):
        return argument in PLAIN
    if isinstance(expected, dict) and isinstance(argument_value, str):
        labels = dict(part.split("=") for part in argument_value.split(","))
        return all(labels.get(key) == value for key, value in expected.items())
    return bool(argument_value == expected or str(argument_value) == str(expected))
