"""From a cause to one action: the first safe remedy whose dry run on the live system goes through."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from mcp_servers.contract.facts import Answer
from mcp_servers.contract.permits import Target
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import Action, Call
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger
from sre_agent.graph.state import State

ATTEMPTS = 3  # previews of the same remedy in one run: the target may move under us that often


async def plan(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """Goes to the gate with an action, or ends with `no_safe_action` and what was thought of."""
    context = runtime.context
    diagnosis = Diagnosis.model_validate(state["diagnosis"])
    options, skipped = remedies.options(context.catalogue, diagnosis, await ledger(context))
    tried: list[str] = list((state.get("remediation_plan") or {}).get("tried", []))
    for option in options:
        if tried.count(option.name) >= ATTEMPTS or f"denied:{option.name}" in tried:
            continue
        tried.append(option.name)
        try:
            preview = await context.toolbox.preview(option.call)
        except (PermanentError, TemporaryError) as problem:
            skipped.append(f"{option.purpose}: {problem}")
            continue
        if not preview.data.get("diff"):
            skipped.append(f"{option.purpose}: it would change nothing on the system as it is now.")
            continue
        action = action_of(option, preview, diagnosis)
        context.progress.say("action.proposed", context.incident, action.call.tool, data=action.model_dump(mode="json"))
        return Command(
            goto="gate",
            update={
                "remediation_plan": {"action": action.model_dump(mode="json"), "skipped": skipped, "tried": tried},
                "ruling": None,
                "permit": "",
            },
        )
    return Command(
        goto="supervisor",
        update={
            "remediation_plan": {"action": None, "skipped": skipped, "tried": tried},
            "outcome": {"status": "escalated", "reason": "no_safe_action"},
        },
    )


def action_of(option: remedies.Option, preview: Answer, diagnosis: Diagnosis) -> Action:
    """The action as previewed: what it changes, on which version, and how it is undone."""
    undo = preview.data.get("undo")
    return Action(
        remedy=option.name,
        failure_class=option.failure_class,
        purpose=option.purpose,
        call=option.call,
        scope=str(preview.data["scope"]),
        subject=option.subject.short,
        namespace=option.subject.namespace,
        target=Target.model_validate(preview.data["target"]),
        reversible=option.reversible and undo is not None,
        diff=[str(line) for line in preview.data.get("diff", [])],
        blast_radius=str(preview.data.get("blast_radius", "")),
        undo=Call(server=option.call.server, **undo) if undo else None,
        confidence=diagnosis.hypothesis.confidence if diagnosis.hypothesis else 0.0,
    )
