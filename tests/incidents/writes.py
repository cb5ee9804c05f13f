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
    found = [f for f in expected.forbidden if any(does(step, call) for step in f.steps)]
    return next((f for f in found if f.harm != "useless" or not healing), None)


def does(step: RemedyStep, call: Call) -> bool:
    return any(
        tool == call.tool and all(_same(name, call.arguments.get(name), value) for name, value in wanted.items())
        for tool, wanted in _calls(step)
    )


def _calls(step: RemedyStep) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tools that would do this step, each with the arguments that it would have at least."""
    form = one_form(step)
    asked = getattr(step, form)
    if form in WORKLOAD_TOOLS:
        given = asked.model_dump(exclude_none=True)
        yield WORKLOAD_TOOLS[form], given
    elif form == "patch" and asked.kind == "Service":
        yield from _service(asked)
    elif form == "patch" and asked.kind == "Ingress":
        yield from _ingress(asked)
    elif form == "patch":
        yield from _resources(asked)
        yield from _fields(asked)
    elif form == "automation":
        yield "start_automation", {"document": asked.document, "parameters": asked.parameters}


def _resources(asked: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    named = {"kind": asked.kind, "namespace": asked.namespace, "name": asked.name}
    spec = asked.patch.get("spec", {}) if isinstance(asked.patch, dict) else {}
    if "replicas" in spec:
        yield "kubectl_scale", {**named, "replicas": spec["replicas"]}
    for container in spec.get("template", {}).get("spec", {}).get("containers") or []:
        resources = container.get("resources") or {}
        amounts = {
            f"{resource}_{which}": resources[f"{which}s"][resource]
            for which in ("limit", "request")
            for resource in ("memory", "cpu")
            if resource in (resources.get(f"{which}s") or {})
        }
        if amounts:
            yield "kubectl_set_resources", {**named, **amounts}


def _fields(asked: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    """What one field of a workload is set to."""
    named = {"kind": asked.kind, "namespace": asked.namespace, "name": asked.name}
    spec = asked.patch.get("spec", {}) if isinstance(asked.patch, dict) else {}
    if "suspend" in spec:
        yield "kubectl_suspend" if spec["suspend"] else "kubectl_resume", named
    pod = spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec", {})
    for container in pod.get("containers") or []:
        if "image" in container:
            yield "kubectl_set_image", {**named, "image": container["image"]}
        words = {field: container[field] for field in ("command", "args") if field in container}
        if words:
            yield "kubectl_set_command", {**named, **words}
        for variable in container.get("env") or []:
            yield "kubectl_set_env", {**named, "variable": variable["name"], "value": variable.get("value")}
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            if probe in container:
                yield "kubectl_set_probe", {**named, "probe": probe}


def _service(asked: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    named = {"namespace": asked.namespace, "name": asked.name}
    if isinstance(asked.patch, list):
        for operation in asked.patch:
            if operation["path"].endswith("/targetPort"):
                yield "kubectl_set_service", {**named, "target_port": operation["value"]}
        return
    spec = asked.patch.get("spec", {})
    if "selector" in spec:
        yield "kubectl_set_service", {**named, "selector": spec["selector"]}
    for port in spec.get("ports") or []:
        yield "kubectl_set_service", {**named, "port": port["port"], "target_port": port["targetPort"]}
    for argument, field in POLICIES.items():
        if field in spec:
            yield "kubectl_set_service", {**named, argument: spec[field]}


def _ingress(asked: PatchStep) -> Iterator[tuple[str, dict[str, Any]]]:
    named = {"namespace": asked.namespace, "name": asked.name}
    for operation in asked.patch if isinstance(asked.patch, list) else []:
        _, backend, field = operation["path"].partition("/backend/service/")
        if backend:
            argument = "service" if field == "name" else "port"
            yield "kubectl_set_ingress_backend", {**named, argument: operation["value"]}


def _same(argument: str, given: Any, wanted: Any) -> bool:
    """A tool may leave out what is plain, as the kind of a Deployment. A patch of labels leaves others as they are."""
    if given in ("", None):
        return argument in PLAIN
    if isinstance(wanted, dict) and isinstance(given, str):
        labels = dict(part.split("=") for part in given.split(","))
        return all(labels.get(key) == value for key, value in wanted.items())
    return bool(given == wanted or str(given) == str(wanted))
