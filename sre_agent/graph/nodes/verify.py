"""Whether the live system recovered: asked of the system itself, again and again until it is proved or too late.

Looks that see all and find it unwell are rarer the longer they wait: what has not healed in minutes heals in no second
that matters, and each costs the services that are asked. While it is well and has to hold, or could not be seen whole,
they come at the pace of the class.

A look for which the tools were away is no look: its time does not count, up to a limit. What nobody could see is not
undone either, since the remedy may have worked; a human looks. What is seen not to have healed is undone where that is
possible, the undo is verified as well, and only then the next remedy has its turn.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from langgraph.runtime import Runtime
from langgraph.types import Command

from mcp_servers.contract.permits import Target
from sre_agent.diagnosis import recovery
from sre_agent.domain.run import RemediationPlan
from sre_agent.domain.verification import FailedRemedy, Verification
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph import claims, executions, looks, state_values
from sre_agent.graph.actions import last_writer
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.naming import resolve_names
from sre_agent.graph.state import RunState

BLIND: Final = 3  # deadlines after which it is given up to see anything
LATER: Final = 0.25  # of the time since the write: so much later than it came at the most is a recovery seen


async def verify(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """Proved: fixed. Not yet: wait and look again. Too late: undo what was done, where it is seen that it did not help;
    after the undo the next remedy, or a human."""
    context = runtime.context
    if state.get("undoing"):
        return await _verify_undo(state, context)
    await claims.keep(state_values.action(state), context)
    verification = await looks.verification(state, context)
    await executions.attend(state, context)
    update = _tell(verification, context)
    if verification.verdict == "proved":
        return _next_cause(state, update)
    deadline, poll = _times(state, context)
    if (again := _next_look(verification, state, context)) is not None:
        return _wait(again, update, context)
    if verification.verdict == "inconclusive":
        return end("verification_failed", update)
    return await _undo(state, verification, update, poll, BLIND * deadline, context)


async def _verify_undo(state: RunState, context: Context) -> Command[Any]:
    """An undo that is not proved in time is a human's: on a system of which nobody knows the state nothing is tried."""
    verification = await looks.verification_of_undo(state, context)
    await executions.attend(state, context)
    update = _tell(verification, context)
    if verification.verdict != "proved" and (again := _next_look(verification, state, context)) is not None:
        return _wait(again, update, context)
    plan = state_values.plan(state) or RemediationPlan()
    failed = [*plan.failed[:-1], *(one.model_copy(update={"undo": verification}) for one in plan.failed[-1:])]
    plan = plan.model_copy(update={"failed": failed})
    if verification.verdict != "proved":
        return end("verification_failed", {**update, **state_values.update(remediation_plan=plan)})
    return _next_remedy(plan, update, context)


def _next_remedy(plan: RemediationPlan, update: RunState, context: Context) -> Command[Any]:
    """Back to the plan, where attempts are left. What it needs of the failed one stands in `plan.failed`."""
    if len(plan.failed) >= context.settings.verification.remedy_attempts:
        return end("verification_failed", {**update, **state_values.update(remediation_plan=plan)})
    return Command(goto="plan", update={**update, **_fresh(plan)})


def _tell(verification: Verification, context: Context) -> RunState:
    context.progress.say("verification", context.incident, data=verification.model_dump(mode="json"))
    return state_values.update(verification=verification)


def _times(state: RunState, context: Context) -> tuple[int, int]:
    return recovery.plan(known_classes(state, context), state_values.action(state).failure_class)


def _next_look(verification: Verification, state: RunState, context: Context) -> tuple[datetime, datetime] | None:
    """When to look again, and until when it has to be seen; None where it is too late or nothing can come any more."""
    now, until = context.clock.now(), datetime.fromisoformat(state["verify_until"])
    deadline, poll = _times(state, context)
    written_at = state_values.remediations(state)[-1].at
    pause = timedelta(seconds=poll)
    if _is_seen_unwell(verification):
        pause = max(pause, LATER * (now - written_at))
    if verification.is_blind:
        latest = written_at + timedelta(seconds=BLIND * deadline)
        unseen = now - verification.at + pause  # the look itself takes long where each call is tried again
        until = min(until + unseen, max(until, latest))
    if verification.confirming:  # it is well; whether that holds is seen in time, whatever the deadline
        until = max(until, now + timedelta(seconds=verification.confirming))
    if verification.failed or now >= until:
        return None
    return min(now + pause, until), until


def _is_seen_unwell(verification: Verification) -> bool:
    """Told by a look that nothing was missing from: where services fail now and then, a few good looks are rare."""
    was_whole = not verification.away and all(check.ok is not None for check in verification.checks)
    return was_whole and not verification.confirming


def _wait(times: tuple[datetime, datetime], update: RunState, context: Context) -> Command[Any]:
    again, until = times
    context.progress.say("waiting", context.incident, until=again.isoformat())
    moments = {"verify_until": until.isoformat(), "wait_until": again.isoformat(), "wait_then": "verify"}
    return Command(goto="wait", update={**update, **moments})


def _next_cause(state: RunState, update: RunState) -> Command[Any]:
    """The run is over with its last cause; before that the next one has its turn."""
    plan = state_values.plan(state) or RemediationPlan()
    mended_causes = [*plan.mended, state_values.action(state).cause]
    if not looks.open_causes(state, mended_causes):
        return end("fixed", update)
    rest = plan.model_copy(update={"mended": mended_causes})
    return Command(goto="supervisor", update={**update, **_fresh(rest)})


def _fresh(plan: RemediationPlan) -> RunState:
    """What the run remembers of an action that is over and done with: nothing but what the plan keeps of it."""
    rest = plan.model_copy(update={"action": None, "undo_of": None})
    return state_values.update(
        remediation_plan=rest,
        policy_decision=None,
        question=None,
        decision=None,
        permit="",
        allowed_by="",
        undoing=False,
    )


async def _undo(
    state: RunState, verification: Verification, update: RunState, poll: int, most: int, context: Context
) -> Command[Any]:
    """Previews the undo of the last write and sends it to the gate. Without one the next remedy has its turn, unless
    something is worse than before.

    Where the server is away it is tried again with the next look, after `poll` seconds, until `most` after the write.
    """
    write, plan = looks.last_remedy(state), state_values.plan(state) or RemediationPlan()
    action = plan.undo_of or state_values.action(state)  # an undo that could not be written is made anew
    failed = FailedRemedy(action=action, permit=write.permit, verification=verification)
    before = [one for one in plan.failed if one.permit != write.permit]
    plan = plan.model_copy(update={"failed": [*before, failed]})
    changes = state_values.update(remediation_plan=plan)
    if write.outcome != "done":
        return end("verification_failed", {**update, **changes})
    undo_call = write.undo or await executions.undo_call(state, context)
    if undo_call is None:
        if verification.worse:
            return end("verification_failed", {**update, **changes})
        return _next_remedy(plan, update, context)
    try:
        preview = await context.toolbox.preview(context.incident, undo_call)
        call = resolve_names(undo_call, preview)
    except (PermanentError, TemporaryError) as problem:
        context.progress.say("warning", context.incident, text=f"The undo cannot be previewed: {problem}")
        again = context.clock.now() + timedelta(seconds=poll)
        if isinstance(problem, TemporaryError) and again < write.at + timedelta(seconds=most):
            return Command(goto="wait", update={**update, "wait_until": again.isoformat(), "wait_then": "verify"})
        return end("verification_failed", {**update, **changes})
    undo = action.model_copy(
        update={
            "purpose": f"Undo: {action.purpose}",
            "call": call,
            "undo": action.call,
            "target": Target.model_validate(preview.data["target"]),
            "last_writer": last_writer(preview),
            "diff": [str(line) for line in preview.data.get("diff", [])],
            "diff_digest": str(preview.data.get("diff_digest", "")),
            "blast_radius": str(preview.data.get("blast_radius", "")),
        }
    )
    plan = plan.model_copy(update={"action": undo, "undo_of": action})
    return Command(goto="gate", update={**update, **state_values.update(remediation_plan=plan, undoing=True)})
