"""From a cause to one action: the first safe remedy whose dry run on the live system goes through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from sre_agent.diagnosis import remedies
from sre_agent.domain.action import NO_CHANGE, Action, Ruling, SkippedRemedy
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.errors import PermanentError
from sre_agent.graph.actions import action_of, kept
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger
from sre_agent.graph.state import Json, State
from sre_agent.graph.suggesting import suggested

ATTEMPTS = 3  # previews of the same remedy in one run: the target may move under us that often


async def plan(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """Goes to the gate with an action for the first cause that is not mended yet, or ends with `no_safe_action`; where
    the cause is only proposed, with `inconclusive`. A run that may only read ends with `writes_off` and the action that
    a run with writes would take.

    A cause that nothing can be done about does not keep the next one from being mended.
    """
    context = runtime.context
    diagnosis = Diagnosis.model_validate(state["diagnosis"])
    known = state.get("remediation_plan") or {}
    tried, mended = list(known.get("tried", [])), list(known.get("mended", []))
    denied = list(known.get("denied", []))
    evidence, catalogue = await ledger(context), known_classes(state, context)
    skipped: list[SkippedRemedy] = []
    for cause in diagnosis.to_mend:
        if cause.key in mended:
            continue
        options, reasons = remedies.options(catalogue, cause, evidence)
        skipped += reasons
        if not context.settings.writes:
            could = await suggested(options, skipped, denied, state, context)
            if could is not None and diagnosis.verdict != "proposed":
                return _writes_off(*could, skipped, denied, context)
            continue
        action = await _first_that_works(options, tried, skipped, context)
        if action is not None:
            action = action.model_copy(update={"proposed": diagnosis.verdict == "proposed"})
            told = action.model_dump(mode="json")
            context.progress.say("action.proposed", context.incident, action.call.tool, data=told)
            planned = {"action": told, "skipped": kept(skipped), "tried": tried, "mended": mended, "denied": denied}
            return Command(goto="gate", update={"remediation_plan": planned, "ruling": None, "permit": ""})
    reason = "inconclusive" if diagnosis.verdict == "proposed" else "no_safe_action"
    return Command(
        goto="supervisor",
        update={
            "remediation_plan": {
                "action": None,
                "skipped": kept(skipped),
                "tried": tried,
                "mended": mended,
                "denied": denied,
            },
            "outcome": {"status": "escalated", "reason": reason},
        },
    )


def _writes_off(
    action: Action, ruling: Ruling, skipped: list[SkippedRemedy], denied: list[Json], context: Context
) -> Command[Any]:
    told, ruled = action.model_dump(mode="json"), ruling.model_dump(mode="json")
    context.progress.say("action.proposed", context.incident, action.call.tool, data=told)
    return Command(
        goto="supervisor",
        update={
            "remediation_plan": {
                "action": told,
                "skipped": kept(skipped),
                "tried": [],
                "mended": [],
                "denied": denied,
            },
            "ruling": ruled,
            "outcome": {"status": "escalated", "reason": "writes_off"},
        },
    )


async def _first_that_works(
    options: Sequence[remedies.Option], tried: list[str], skipped: list[SkippedRemedy], context: Context
) -> Action | None:
    """The first option whose dry run goes through and would change something; what was tried and skipped is added.

    Raises ToolsUnavailableError where the server does not answer: whether a remedy is safe is not known then, and the
    step runs again later.
    """
    for option in options:
        if tried.count(option.key) >= ATTEMPTS or f"denied:{option.key}" in tried:
            continue
        tried.append(option.key)
        try:
            preview = await context.toolbox.preview(option.call)
            if preview.data.get("diff"):
                return action_of(option, preview)
        except PermanentError as problem:
            skipped.append(SkippedRemedy(remedy=option.purpose, why=str(problem)))
            continue
        skipped.append(SkippedRemedy(remedy=option.purpose, why=NO_CHANGE))
    return None
