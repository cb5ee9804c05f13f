"""Whether the live system healed: asked of the system itself, again and again until it is true or too late.

A look for which the tools were away is no look: its time does not count, up to a limit. What nobody could see is not
undone either, since the remedy may have worked; a human looks.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

from langgraph.runtime import Runtime
from langgraph.types import Command

from mcp_servers.contract.permits import Target
from sre_agent.diagnosis import healing
from sre_agent.domain.action import Action, Remediation, Verification
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import VERIFIER, ledger
from sre_agent.graph.naming import named
from sre_agent.graph.state import State

BLIND: Final = 3  # deadlines after which it is given up to see anything


async def verify(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """Healed: fixed. Not yet: wait and look again. Too late: undo what was done, where it is seen that it did not help,
    and hand over."""
    context = runtime.context
    if state.get("undoing"):  # the undo was written: whatever is true now, a human goes on from here
        return Command(goto="supervisor", update=_escalated("verification_failed"))
    verification = await _look(state, context)
    update: dict[str, Any] = {"verification": verification.model_dump(mode="json")}
    context.progress.say("verification", context.incident, data=verification.model_dump(mode="json"))
    if verification.healed:
        return Command(goto="supervisor", update=update | _mended(state))
    now, until = context.clock.now(), datetime.fromisoformat(state["verify_until"])
    deadline, poll = healing.plan(known_classes(state, context), _remedied(state).failure_class)
    if verification.is_blind:
        latest = Remediation.model_validate(state["remediations"][-1]).at + timedelta(seconds=BLIND * deadline)
        until = min(until + timedelta(seconds=poll), max(until, latest))
        update["verify_until"] = until.isoformat()
    if verification.healed is None and now < until:
        again = min(now + timedelta(seconds=poll), until)
        context.progress.say("waiting", context.incident, until=again.isoformat())
        return Command(goto="wait", update=update | {"wait_until": again.isoformat()})
    if verification.is_inconclusive:
        return Command(goto="supervisor", update=update | _escalated("verification_failed"))
    return await _undo(state, update, context)


def _mended(state: State) -> dict[str, Any]:
    """The run is over with its last cause; before that the next one has its turn."""
    plan, action = state["remediation_plan"] or {}, _remedied(state)
    mended = [*plan.get("mended", []), action.cause]
    if not _open(state, mended):
        return {"outcome": {"status": "remediated", "reason": "fixed"}}
    fresh = {"ruling": None, "question": None, "decision": None, "permit": "", "allowed_by": ""}
    return {"remediation_plan": {**plan, "action": None, "mended": mended}, **fresh}


def _open(state: State, mended: list[str]) -> list[Hypothesis]:
    """The causes that nothing has mended."""
    return [cause for cause in Diagnosis.model_validate(state["diagnosis"]).to_mend if cause.key not in mended]


async def _look(state: State, context: Context) -> Verification:
    """Every check at one moment, from calls made now."""
    action = _remedied(state)
    causes = Diagnosis.model_validate(state["diagnosis"]).to_mend
    cause = next(cause for cause in causes if cause.key == action.cause)
    before = await ledger(context)
    now = context.clock.now()
    written = Remediation.model_validate(state["remediations"][-1])
    requests = healing.calls(before, cause.subject, until=now)
    asked = [
        context.toolbox.ask(
            context.incident,
            state["round"],
            VERIFIER,
            context.roster[request.agent].server_of(request.tool),
            request.tool,
            request.arguments,
            live=now.isoformat(),
        )
        for request in requests
    ]
    if written.execution:
        asked.append(_automation(written.execution, now, state, context))
    seen: list[Evidence] = await asyncio.gather(*asked)
    # An alarm that another cause keeps on says nothing about this one.
    others = _open(state, [*(state["remediation_plan"] or {}).get("mended", []), action.cause])
    alarm = (state.get("alarm") or {}).get("name") if not others else None
    return healing.verify(
        known_classes(state, context),
        cause.failure_class,
        cause.subject,
        before,
        seen,
        alarm=alarm,
        since=written.at,
        at=now,
    )


def _automation(execution: str, now: datetime, state: State, context: Context) -> Any:
    arguments = {"execution_id": execution}
    live = now.isoformat()
    return context.toolbox.ask(
        context.incident, state["round"], VERIFIER, "ssm", "get_automation", arguments, live=live
    )


async def _undo(state: State, update: dict[str, Any], context: Context) -> Command[Any]:
    """Previews the undo of the last write and sends it to the gate; without one there is nothing to take back."""
    written = Remediation.model_validate(state["remediations"][-1])
    action = _remedied(state)
    failed = update | _escalated("verification_failed")
    if written.undo is None or written.outcome != "done":
        return Command(goto="supervisor", update=failed)
    try:
        preview = await context.toolbox.preview(written.undo)
        call = named(written.undo, preview)
    except (PermanentError, TemporaryError) as problem:
        context.progress.say("warning", context.incident, text=f"The undo cannot be previewed: {problem}")
        return Command(goto="supervisor", update=failed)
    undo = action.model_copy(
        update={
            "purpose": f"Undo: {action.purpose}",
            "call": call,
            "undo": action.call,
            "target": Target.model_validate(preview.data["target"]),
            "diff": [str(line) for line in preview.data.get("diff", [])],
            "blast_radius": str(preview.data.get("blast_radius", "")),
        }
    )
    plan = {
        **(state["remediation_plan"] or {}),
        "action": undo.model_dump(mode="json"),
        "undo_of": action.model_dump(mode="json"),
    }
    return Command(goto="gate", update=update | {"remediation_plan": plan, "undoing": True})


def _remedied(state: State) -> Action:
    plan = state["remediation_plan"]
    assert plan is not None
    return Action.model_validate(plan["action"])


def _escalated(reason: str) -> dict[str, Any]:
    return {"outcome": {"status": "escalated", "reason": reason}}
