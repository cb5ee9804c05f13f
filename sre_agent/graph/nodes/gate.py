"""The law's word on the action, and the only place where a permit is minted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command
from opentelemetry import trace

from sre_agent.domain.action import Action, Decision, Ruling, SkippedRemedy
from sre_agent.domain.run import ApprovalQuestion, Denial
from sre_agent.domain.signal import fingerprint
from sre_agent.errors import PermanentError
from sre_agent.graph import typed
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.state import State
from sre_agent.trace import beside_the_run

TRACER = trace.get_tracer("sre_agent.gate")


async def gate(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """allow: on to remediate with a permit. approve: ask a human once. deny: back to the plan for the next remedy."""
    context = runtime.context
    if await context.called_off():  # the last moment: nothing is waited for from here to the permit
        return end("cancelled")
    action = typed.action(state)
    covered = state.get("allowed_by", "") if state.get("undoing") else ""
    ruling = context.law.ruling(action, severity=state.get("severity", "SEV3"), covered_by=covered)
    if not covered:
        ruling = _asked(ruling, action, pointed=state.get("pointed", False))
    context.progress.say("ruling", context.incident, action.call.tool, **ruling.model_dump(mode="json"))
    ruled = typed.update(ruling=ruling)
    if ruling.verdict == "allow":
        by = covered or f"policy:{','.join(ruling.policies)}"
        return Command(goto="remediate", update={**ruled, **_permit(action, by, context)})
    if ruling.verdict == "deny":
        return _denied(state, action, ruling, ruled)
    return _with_approval(state, action, ruled, context)


def _asked(ruling: Ruling, action: Action, *, pointed: bool) -> Ruling:
    """A model's word is never enough, whatever a policy says: policies of users may not know that there is one."""
    if ruling.verdict != "allow" or not (action.proposed or pointed):
        return ruling
    did = "proposed the cause" if action.proposed else "led to the place"
    reason = f"{ruling.reason} A chat model {did}, so a human is asked anyway."
    return Ruling(verdict="approve", policies=ruling.policies, reason=reason)


def _with_approval(state: State, action: Action, ruled: State, context: Context) -> Command[Any]:
    now, open_for = context.clock.now(), timedelta(seconds=context.settings.approvals.approval_seconds)
    decision, asked = typed.decision(state), typed.question(state)
    if decision is not None and decision.action_digest == action.digest:
        _traced(asked, decision)
        if decision.choice == "approve" and now - decision.at < open_for:
            return Command(goto="remediate", update={**ruled, **_permit(action, f"human:{decision.by}", context)})
        if decision.choice == "reject":
            return end("approval_expired" if decision.by == "nobody" else "approval_denied", ruled)
    number = asked.number + 1 if asked else 1
    question = ApprovalQuestion(
        id=fingerprint(context.incident, action.digest, str(number)),
        number=number,
        action_digest=action.digest,
        asked_at=now,
        expires_at=now + open_for,
    )
    return Command(goto="approve", update={**ruled, **typed.update(question=question, decision=None)})


def _traced(question: ApprovalQuestion | None, decision: Decision) -> None:
    """The time that a human took, as a span of its own."""
    asked = question.asked_at if question and question.asked_at else decision.at
    attributes = {"choice": decision.choice, "by": decision.by}
    began = _nanoseconds(asked)
    span = TRACER.start_span("approval", context=beside_the_run(), start_time=began, attributes=attributes)
    span.end(_nanoseconds(decision.at))


def _nanoseconds(when: datetime) -> int:
    return int(when.timestamp() * 1e9)


def _permit(action: Action, allowed_by: str, context: Context) -> State:
    permit = context.mint.permit(
        action, incident=context.incident, epoch=context.epoch, allowed_by=allowed_by, now=context.clock.now()
    )
    return {"permit": permit, "allowed_by": allowed_by}


def _denied(state: State, action: Action, ruling: Ruling, ruled: State) -> Command[Any]:
    if state.get("undoing"):
        return end("verification_failed", ruled)
    plan = typed.plan(state)
    if plan is None:
        raise PermanentError("The policy check was reached without a plan.")
    changed = plan.model_copy(
        update={
            "skipped": [*plan.skipped, SkippedRemedy(remedy=action.purpose, why=f"denied. {ruling.reason}")],
            "denied": [*plan.denied, Denial(purpose=action.purpose, reason=ruling.reason)],
            "tried": [*plan.tried, f"denied:{action.remedy} for {action.cause}"],
        }
    )
    return Command(goto="plan", update={**ruled, **typed.update(remediation_plan=changed)})
