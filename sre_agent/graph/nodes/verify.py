"""Whether the live system recovered: asked of the system itself, again and again until it is true or too late.

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
from sre_agent.diagnosis import recovery
from sre_agent.domain.action import Verification
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.run import RemediationPlan
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.evidence import VERIFIER, ledger
from sre_agent.graph.naming import resolve_names
from sre_agent.graph.state import RunState

BLIND: Final = 3  # deadlines after which it is given up to see anything


async def verify(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """Recovered: fixed. Not yet: wait and look again. Too late: undo what was done, where it is seen that it did not
    help, and hand over."""
    context = runtime.context
    if state.get("undoing"):  # the undo was written: whatever is true now, a human goes on from here
        return end("verification_failed")
    verification = await _look(state, context)
    update = state_values.update(verification=verification)
    context.progress.say("verification", context.incident, data=verification.model_dump(mode="json"))
    if verification.recovered:
        return _mended(state, update)
    now, until = context.clock.now(), datetime.fromisoformat(state["verify_until"])
    deadline, poll = recovery.plan(known_classes(state, context), state_values.action(state).failure_class)
    if verification.is_blind:
        latest = state_values.remediations(state)[-1].at + timedelta(seconds=BLIND * deadline)
        until = min(until + timedelta(seconds=poll), max(until, latest))
        update["verify_until"] = until.isoformat()
    if verification.recovered is None and now < until:
        again = min(now + timedelta(seconds=poll), until)
        context.progress.say("waiting", context.incident, until=again.isoformat())
        return Command(goto="wait", update={**update, "wait_until": again.isoformat()})
    if verification.is_inconclusive:
        return end("verification_failed", update)
    return await _undo(state, update, poll, BLIND * deadline, context)


def _mended(state: RunState, update: RunState) -> Command[Any]:
    """The run is over with its last cause; before that the next one has its turn."""
    plan = state_values.plan(state) or RemediationPlan()
    mended = [*plan.mended, state_values.action(state).cause]
    if not _open(state, mended):
        return end("fixed", update)
    rest = plan.model_copy(update={"action": None, "mended": mended})
    fresh = state_values.update(
        remediation_plan=rest, policy_decision=None, question=None, decision=None, permit="", allowed_by=""
    )
    return Command(goto="supervisor", update={**update, **fresh})


def _open(state: RunState, mended: list[str]) -> list[Hypothesis]:
    """The causes that nothing has mended."""
    return [cause for cause in state_values.required_diagnosis(state).to_mend if cause.key not in mended]


async def _look(state: RunState, context: Context) -> Verification:
    """Every check at one moment, from calls made now."""
    action = state_values.action(state)
    causes = state_values.required_diagnosis(state).to_mend
    cause = next(cause for cause in causes if cause.key == action.cause)
    before = await ledger(context)
    now = context.clock.now()
    written = state_values.remediations(state)[-1]
    requests = recovery.calls(before, cause.subject, until=now)
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
    others = _open(state, [*(state_values.plan(state) or RemediationPlan()).mended, action.cause])
    alarm = (state.get("alarm") or {}).get("name") if not others else None
    return recovery.verify(
        known_classes(state, context),
        cause.failure_class,
        cause.subject,
        before,
        seen,
        alarm=alarm,
        since=written.at,
        at=now,
    )


def _automation(execution: str, now: datetime, state: RunState, context: Context) -> Any:
    arguments = {"execution_id": execution}
    live = now.isoformat()
    return context.toolbox.ask(
        context.incident, state["round"], VERIFIER, "ssm", "get_automation", arguments, live=live
    )


async def _undo(state: RunState, update: RunState, poll: int, most: int, context: Context) -> Command[Any]:
    """Previews the undo of the last write and sends it to the gate; without one there is nothing to take back.

    Where the server is away it is tried again with the next look, after `poll` seconds, until `most` after the write.
    """
    written = state_values.remediations(state)[-1]
    action = state_values.action(state)
    if written.undo is None or written.outcome != "done":
        return end("verification_failed", update)
    try:
        preview = await context.toolbox.preview(context.incident, written.undo)
        call = resolve_names(written.undo, preview)
    except (PermanentError, TemporaryError) as problem:
        context.progress.say("warning", context.incident, text=f"The undo cannot be previewed: {problem}")
        again = context.clock.now() + timedelta(seconds=poll)
        if isinstance(problem, TemporaryError) and again < written.at + timedelta(seconds=most):
            return Command(goto="wait", update={**update, "wait_until": again.isoformat()})
        return end("verification_failed", update)
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
    plan = (state_values.plan(state) or RemediationPlan()).model_copy(update={"action": undo, "undo_of": action})
    return Command(goto="gate", update={**update, **state_values.update(remediation_plan=plan, undoing=True)})
