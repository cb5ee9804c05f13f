"""One permitted write, sent at most once under its permit; what came of it decides where the run goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from mcp_servers.contract import permits
from mcp_servers.contract.facts import Answer
from sre_agent.diagnosis import recovery
from sre_agent.domain.action import Action, Call, Remediation, SkippedRemedy
from sre_agent.domain.run import RemediationPlan
from sre_agent.errors import LeaseLostError
from sre_agent.graph import state_values
from sre_agent.graph.claims import OTHERS, other_writer
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.looks import take_baseline
from sre_agent.graph.state import RunState
from sre_agent.toolbox.results import ToolRefusedError

WAIT = timedelta(seconds=30)  # between two looks whether somebody else is still at work
LONGEST_WAIT = timedelta(minutes=30)
UNDO_ATTEMPTS = 3  # of one incident
EXPIRIES = 2  # permits that came too late, after which one more is not worth issuing


async def remediate(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """A server that does not answer raises: the step runs again later with the same permit, which executes once.

    What stays in doubt is planned again only where a second write could not add to a first; else the live system is
    watched, and a human goes on from there.
    """
    context = runtime.context
    action = state_values.action(state)
    now, lease_seconds = context.clock.now(), context.settings.state.lease_seconds
    if not await context.store.renew(context.incident, context.epoch, now, lease_seconds):
        raise LeaseLostError(f"Incident {context.incident} was taken over by another worker; nothing was written.")
    if await context.limits.paused():  # since the permit was issued: the gate says what becomes of it
        return Command(goto="gate", update={"permit": ""})
    if other := await other_writer(action, context):
        return _wait_for(other, state, context)
    await take_baseline(state, context)
    allowed_by = state["allowed_by"]
    try:
        answer = await context.toolbox.write(context.incident, action.call, state["permit"], allowed_by=allowed_by)
    except ToolRefusedError as refusal:
        return _on_refusal(state, action, refusal, context)
    done = _remediation(action, answer, state, context)
    update = state_values.update(remediations=[done], contended_since="")
    in_doubt = done.outcome == "in_doubt" and (state.get("undoing") or not answer.data.get("repeatable"))
    if done.outcome == "done" or in_doubt:  # of an undo in doubt its verification tells what is there
        seconds, _ = recovery.plan(known_classes(state, context), action.failure_class)
        until = context.clock.now() + timedelta(seconds=seconds)
        return Command(goto="verify", update={**update, "verify_until": until.isoformat(), "wait_then": ""})
    if state.get("undoing"):
        return _undo_again(state, update)
    return Command(goto="plan", update=update)


def _wait_for(other: str, state: RunState, context: Context) -> Command[Any]:
    """Somebody else is at work on the target: not now, and after a while a human's. Then the policy is asked anew."""
    now = context.clock.now()
    since = datetime.fromisoformat(state.get("contended_since") or now.isoformat())
    context.progress.say("warning", context.incident, text=OTHERS.format(incident=other))
    if now - since < LONGEST_WAIT:
        until = (now + WAIT).isoformat()
        context.progress.say("waiting", context.incident, until=until)
        moments = {"contended_since": since.isoformat(), "wait_until": until, "wait_then": "gate"}
        return Command(goto="wait", update=moments)
    plan, action = state_values.plan(state) or RemediationPlan(), state_values.action(state)
    skipped = [*plan.skipped, SkippedRemedy(remedy=action.purpose, why=OTHERS.format(incident=other))]
    update = state_values.update(remediation_plan=plan.model_copy(update={"skipped": skipped}), permit="")
    return end("verification_failed" if state.get("remediations") else "no_safe_action", update)


def _undo_again(state: RunState, update: RunState) -> Command[Any]:
    """An undo of which nothing was written for sure is made anew from a new look, a few times."""
    unwritten = [r for r in state_values.remediations(state) if r.is_undo and r.outcome in ("refused", "failed")]
    if len(unwritten) >= UNDO_ATTEMPTS - 1:
        return end("verification_failed", update)
    return Command(goto="verify", update={**update, "undoing": False})


def _remediation(action: Action, answer: Answer, state: RunState, context: Context) -> Remediation:
    undo = answer.data.get("undo")
    return Remediation(
        call=action.call,
        permit=str(answer.data.get("permit", "")),
        allowed_by=state["allowed_by"],
        outcome=answer.data.get("outcome", "in_doubt"),
        text=answer.text,
        at=answer.as_of,
        undo=Call(server=action.call.server, **undo) if undo else action.undo,
        is_undo=bool(state.get("undoing")),
        execution=str(answer.data.get("execution_id", "")),
    )


def _on_refusal(state: RunState, action: Action, problem: ToolRefusedError, context: Context) -> Command[Any]:
    """What the server would not do for sure. A stale target or permit is looked at again; the rest is over."""
    refused = Remediation(
        call=action.call,
        permit=permits.peek_id(state["permit"]) or "",
        allowed_by=state["allowed_by"],
        outcome="refused",
        text=str(problem),
        code=problem.refusal.code,
        at=context.clock.now(),
        is_undo=bool(state.get("undoing")),
    )
    update = state_values.update(remediations=[refused])
    if refused.code == "stale_epoch":
        raise LeaseLostError(refused.text)
    if refused.code == "expired" and _expiries(state) < EXPIRIES:
        return Command(goto="gate", update=update)
    if state.get("undoing"):
        return _undo_again(state, update)
    if refused.code == "expired":  # the clocks disagree, and no permit of ours will ever be in time
        return end("tools_unavailable", update)
    return Command(goto="plan", update=update)


def _expiries(state: RunState) -> int:
    """How many permits came too late before this one."""
    return sum(r.outcome == "refused" and r.code == "expired" for r in state_values.remediations(state))
