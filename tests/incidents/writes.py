"""What a scenario forbids, in the words of the product's own write tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sre_agent.domain.action import Call
from sre_agent.lab.scenario.answer import Expected
from sre_agent.lab.scenario.part import one_form
from sre_agent.lab.scenario.remedies import Forbidden, Patch, Step

WORKLOAD_TOOLS = {"undo": "kubectl_rollout_undo", "restart": "kubectl_rollout_restart", "scale": "kubectl_scale"}


def forbidden(expected: Expected, call: Call) -> Forbidden | None:
    """The forbidden remedy one of whose steps is this call; a step that heals by itself harms only beside others."""
    if any(len(one.steps) == 1 and _is(one.steps[0], call) for one in expected.accepted):
        return None
    return next((f for f in expected.forbidden if any(_is(step, call) for step in f.steps)), None)


def _is(step: Step, call: Call) -> bool:
    return any(
        tool == call.tool and all(_same(call.arguments.get(name), value) for name, value in wanted.items())
        for tool, wanted in _calls(step)
    )


def _calls(step: Step) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tools that would do this step, each with the arguments that it would have at least."""
    form = one_form(step)
    asked = getattr(step, form)
    if form in WORKLOAD_TOOLS:
        given = asked.model_dump(exclude_none=True)
        yield WORKLOAD_TOOLS[form], given
    elif form == "patch":
        yield from _resources(asked)
    elif form == "automation":
        yield "start_automation", {"document": asked.document, "parameters": asked.parameters}


def _resources(asked: Patch) -> Iterator[tuple[str, dict[str, Any]]]:
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


def _same(given: Any, wanted: Any) -> bool:
    """A tool may leave out what is plain, as the kind of a Deployment."""
    return given == wanted or given in ("", None)
