"""The decision on the action, by policies and by the limits around all incidents, and the only place where a permit is
issued. A write that a limit holds back for a while is planned anew after it: what was previewed may be true no more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from mcp_servers.contract import permits
from sre_agent.domain.action import Action, PolicyDecision, SkippedRemedy
from sre_agent.domain.run import Denial, RemediationPlan
from sre_agent.errors import PermanentError
from sre_agent.graph import approvals, rehearsing, state_values
from sre_agent.graph.before_write import recovered_meanwhile
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.holding import circumstances_of, permitted_write, write_timing
from sre_agent.graph.state import RunState
from sre_agent.policy.limiting import WriteTiming, stricter


async def gate(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """allow: rehearse, and on to remediate with a permit. approve: rehearse, and ask a human. deny, or a rehearsal that
    says no: back to the plan for the next remedy. Where the trouble has passed while the action waited, none of them:
    the run ends. A limit may have it wait, or end with `writes_off`."""
    context = runtime.context
    if (recovery := await recovered_meanwhile(state, context)) is not None:
        return recovery
    if await context.called_off():  # the last moment: nothing is waited for from here to the permit
        return end("cancelled")
    action = state_values.action(state)
    allowed_by = state.get("allowed_by", "") if state.get("undoing") else ""
    timing = await write_timing(state, context)
    circumstances = await circumstances_of(action, state, context)
    policy_decision = context.policy.decide(
        action, severity=state.get("severity", "SEV3"), covered_by=allowed_by, circumstances=circumstances
    )
    if not allowed_by:
        policy_decision = _at_least_ask(policy_decision, action, state)
    policy_decision = await context.limits.apply(policy_decision, action, timing)
    if _is_free(policy_decision) and rehearsing.is_due(state, action, context):
        return await rehearsing.before_unattended(state, action, context)
    context.progress.say(
        "policy_decision", context.incident, action.call.tool, **policy_decision.model_dump(mode="json")
    )
    update = state_values.update(policy_decision=policy_decision)
    if policy_decision.stop is not None:
        return end("verification_failed" if state.get("undoing") else "writes_off", update)
    if policy_decision.verdict == "allow":
        by = allowed_by or f"policy:{','.join(policy_decision.policies)}"
        return await _permit_write(state, action, by, policy_decision, timing, context)
    if policy_decision.verdict == "deny":
        return _on_denial(state, action, policy_decision, update)
    action = await rehearsing.with_rehearsal(state, action, context)
    update = {**update, **state_values.update(remediation_plan=rehearsing.with_action(state, action))}
    if (refusal := rehearsing.refused(state, action, update)) is not None:
        return refusal
    outcome = approvals.settle(state, action, policy_decision, update, context)
    if isinstance(outcome, str):  # who approved it
        return await _permit_write(state, action, outcome, policy_decision, timing, context)
    return outcome


def _is_free(policy_decision: PolicyDecision) -> bool:
    """Whether nobody has to be asked and no limit holds the write back."""
    return policy_decision.verdict == "allow" and policy_decision.stop is None and policy_decision.wait is None


def _at_least_ask(policy_decision: PolicyDecision, action: Action, state: RunState) -> PolicyDecision:
    """A model's word is never enough, whatever a policy says: policies of users may not know that there is one. Nor are
    words that describe a place and do not name it, nor a change that makes of a workload what it never was. And who
    rejected a remedy of this incident is asked about the next one."""
    plan = state_values.plan(state)
    if policy_decision.verdict != "allow":
        return policy_decision
    if action.proposed:
        why = "A chat model proposed the cause"
    elif action.without_precedent:
        why = "Nothing shows that it ever ran that way"
    elif action.approval_steps:
        why = f"The runbook itself asks for an approval ({', '.join(action.approval_steps)})"
    elif state.get("pointed", False):
        why = "A chat model led to the place"
    elif state.get("is_description", False):
        why = "A person described the place and did not name it"
    elif plan is not None and plan.rejections:
        why = f"{plan.rejections[-1].by} rejected another remedy"
    else:
        return policy_decision
    reason = f"{policy_decision.reason} {why}, so a human is asked anyway."
    return policy_decision.model_copy(update={"verdict": "approve", "reason": reason})


async def _permit_write(
    state: RunState,
    action: Action,
    allowed_by: str,
    policy_decision: PolicyDecision,
    timing: WriteTiming,
    context: Context,
) -> Command[Any]:
    """On to the write, once it is counted among those of the hour: count and limit are one step of the store."""
    waiting = policy_decision.wait
    if waiting is None:
        free_at = await context.store.claim_write(
            permitted_write(action, state, timing, context), context.limits.hourly
        )
        if free_at is None:
            update = state_values.update(policy_decision=policy_decision, held_since="")
            return Command(goto="remediate", update={**update, **await _permit(action, allowed_by, context)})
        waiting = context.limits.full(free_at, timing)
        policy_decision = stricter(policy_decision, [waiting])
    decision_update = state_values.update(policy_decision=policy_decision)
    if policy_decision.stop is not None or waiting.until is None:
        return end("writes_off", decision_update)
    return _held_back(state, action, waiting.until, timing, decision_update, context)


async def _permit(action: Action, allowed_by: str, context: Context) -> RunState:
    permit = await context.permit_issuer.issue(
        action, incident=context.incident, epoch=context.epoch, allowed_by=allowed_by, now=context.clock.now()
    )
    version = context.policy.version
    context.progress.say(
        "permit.issued", context.incident, action.call.tool, permit=permits.describe(permit), policy_version=version
    )
    return {"permit": permit, "allowed_by": allowed_by}


def _held_back(
    state: RunState, action: Action, until: datetime, timing: WriteTiming, earlier_update: RunState, context: Context
) -> Command[Any]:
    """Waits, then plans anew. The preview that came to nothing is no attempt of the remedy."""
    plan = state_values.plan(state) or RemediationPlan()
    attempts = list(plan.attempts)
    if action.key in attempts:
        attempts.remove(action.key)
    context.progress.say("waiting", context.incident, until=until.isoformat())
    update = state_values.update(
        remediation_plan=plan.model_copy(update={"attempts": attempts}),
        wait_until=until.isoformat(),
        held_since=(timing.since or timing.now).isoformat(),
        wait_then="plan",
    )
    return Command(goto="wait", update={**earlier_update, **update})


def _on_denial(state: RunState, action: Action, policy_decision: PolicyDecision, update: RunState) -> Command[Any]:
    if state.get("undoing"):
        return end("verification_failed", update)
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
    return Command(goto="plan", update={**update, **state_values.update(remediation_plan=changed)})
