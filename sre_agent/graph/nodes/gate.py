"""The policy's decision on the action, and the only place where a permit is issued."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command
from opentelemetry import trace

from mcp_servers.contract import permits
from sre_agent.domain.action import Action, ApprovalDecision, PolicyDecision, SkippedRemedy
from sre_agent.domain.run import ApprovalQuestion, Denial
from sre_agent.domain.signal import fingerprint
from sre_agent.errors import PermanentError
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.state import RunState
from sre_agent.trace import beside_the_run

TRACER = trace.get_tracer("sre_agent.gate")


async def gate(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """allow: on to remediate with a permit. approve: ask a human once. deny: back to the plan for the next remedy."""
    context = runtime.context
    if await context.called_off():  # the last moment: nothing is waited for from here to the permit
        return end("cancelled")
    action = state_values.action(state)
    covered = state.get("allowed_by", "") if state.get("undoing") else ""
    policy_decision = context.policy.decide(action, severity=state.get("severity", "SEV3"), covered_by=covered)
    if not covered:
        policy_decision = _asked(policy_decision, action, pointed=state.get("pointed", False))
    context.progress.say(
        "policy_decision", context.incident, action.call.tool, **policy_decision.model_dump(mode="json")
    )
    ruled = state_values.update(policy_decision=policy_decision)
    if policy_decision.verdict == "allow":
        by = covered or f"policy:{','.join(policy_decision.policies)}"
        return Command(goto="remediate", update={**ruled, **_permit(action, by, context)})
    if policy_decision.verdict == "deny":
        return _denied(state, action, policy_decision, ruled)
    return _with_approval(state, action, ruled, context)


def _asked(policy_decision: PolicyDecision, action: Action, *, pointed: bool) -> PolicyDecision:
    """A model's word is never enough, whatever a policy says: policies of users may not know that there is one."""
    if policy_decision.verdict != "allow" or not (action.proposed or pointed):
        return policy_decision
    did = "proposed the cause" if action.proposed else "led to the place"
    reason = f"{policy_decision.reason} A chat model {did}, so a human is asked anyway."
    return PolicyDecision(verdict="approve", policies=policy_decision.policies, reason=reason)


def _with_approval(state: RunState, action: Action, ruled: RunState, context: Context) -> Command[Any]:
    now, open_for = context.clock.now(), timedelta(seconds=context.settings.approvals.approval_seconds)
    decision, asked = state_values.decision(state), state_values.question(state)
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
    return Command(goto="approve", update={**ruled, **state_values.update(question=question, decision=None)})


def _traced(question: ApprovalQuestion | None, decision: ApprovalDecision) -> None:
    """The time that a human took, as a span of its own."""
    asked = question.asked_at if question and question.asked_at else decision.at
    attributes = {"choice": decision.choice, "by": decision.by}
    began = _nanoseconds(asked)
    span = TRACER.start_span("approval", context=beside_the_run(), start_time=began, attributes=attributes)
    span.end(_nanoseconds(decision.at))


def _nanoseconds(when: datetime) -> int:
    return int(when.timestamp() * 1e9)


def _permit(action: Action, allowed_by: str, context: Context) -> RunState:
    permit = context.permit_issuer.issue(
        action, incident=context.incident, epoch=context.epoch, allowed_by=allowed_by, now=context.clock.now()
    )
    context.progress.say("permit.issued", context.incident, action.call.tool, permit=permits.describe(permit))
    return {"permit": permit, "allowed_by": allowed_by}


def _denied(state: RunState, action: Action, policy_decision: PolicyDecision, ruled: RunState) -> Command[Any]:
    if state.get("undoing"):
        return end("verification_failed", ruled)
    plan = state_values.plan(state)
    if plan is None:
        raise PermanentError("The policy check was reached without a plan.")
    changed = plan.model_copy(
        update={
            "skipped": [*plan.skipped, SkippedRemedy(remedy=action.purpose, why=f"denied. {policy_decision.reason}")],
            "denials": [*plan.denials, Denial(purpose=action.purpose, reason=policy_decision.reason)],
            "attempts": [*plan.attempts, f"denied:{action.key}"],
        }
    )
    return Command(goto="plan", update={**ruled, **state_values.update(remediation_plan=changed)})
