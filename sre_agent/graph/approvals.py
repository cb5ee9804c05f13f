"""What a person's answer makes of an action, and what is asked next.

An answer counts for the action that was shown: the call, the version of its target and the diff. Whatever differs is
asked about anew, with what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from langgraph.types import Command
from opentelemetry import trace

from sre_agent.diagnosis.expectations import expectations
from sre_agent.domain.action import Action, ApprovalDecision, PolicyDecision, RejectedRemedy, SignOff
from sre_agent.domain.run import ApprovalQuestion, RemediationPlan
from sre_agent.domain.signal import fingerprint
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.messages import agent_message
from sre_agent.graph.resuming import NOBODY
from sre_agent.graph.state import RunState
from sre_agent.trace import beside_the_run

TRACER = trace.get_tracer("sre_agent.gate")
SHOWN: Final = 3  # lines of a diff that are told as new


def settle(
    state: RunState, action: Action, policy_decision: PolicyDecision, update: RunState, context: Context
) -> Command[Any] | str:
    """Who approved the action, as a permit names them; or where the run goes instead: to ask, to preview an edit, on to
    the next remedy after a rejection, to its end where nobody answered."""
    open_for = timedelta(seconds=context.settings.approvals.approval_seconds)
    decision, question = state_values.decision(state), state_values.question(state)
    if decision is None or question is None or decision.action_digest != action.digest:
        return _ask(state, action, policy_decision, update, context)
    _trace(question, decision)
    if decision.choice == "edit":
        return Command(goto="edit", update=update)
    if decision.choice == "reject":
        is_expired = decision.by == NOBODY and not decision.identity
        return end("approval_expired", update) if is_expired else _reject(state, action, decision, update)
    if context.clock.now() - decision.at >= open_for:
        return _ask(state, action, policy_decision, update, context)
    sign_offs = _with(question.sign_offs, decision)
    if len(sign_offs) >= policy_decision.approvals:
        return f"human:{','.join(one.by for one in sign_offs)}"
    return _ask(state, action, policy_decision, update, context, sign_offs)


def _with(before: Sequence[SignOff], decision: ApprovalDecision) -> list[SignOff]:
    """The word of one person counts once."""
    if any(one.identity == decision.decider for one in before):
        return list(before)
    return [*before, SignOff(by=decision.by, identity=decision.decider, at=decision.at)]


def _ask(
    state: RunState,
    action: Action,
    policy_decision: PolicyDecision,
    update: RunState,
    context: Context,
    sign_offs: Sequence[SignOff] = (),
) -> Command[Any]:
    now, before = context.clock.now(), state_values.question(state)
    number = before.number + 1 if before else 1
    question = ApprovalQuestion(
        id=fingerprint(context.incident, action.digest, str(number)),
        number=number,
        action_digest=action.digest,
        asked_at=now,
        expires_at=now + timedelta(seconds=context.settings.approvals.approval_seconds),
        action=action,
        changes=changes(before, action),
        expectations=_expectations(state, action, context),
        approvals=policy_decision.approvals,
        sign_offs=list(sign_offs),
    )
    return Command(goto="approve", update={**update, **state_values.update(question=question, decision=None)})


def _expectations(state: RunState, action: Action, context: Context) -> list[str]:
    alarm = (state.get("alarm") or {}).get("name")
    kind = known_classes(state, context)[action.failure_class]
    return expectations(kind, action.subject, str(alarm) if alarm else None)


def changes(before: ApprovalQuestion | None, action: Action) -> list[str]:
    """What is different from what the question before showed; none where that was about another remedy."""
    was = before.action if before is not None else None
    if before is None or was is None or (was.remedy, was.cause) != (action.remedy, action.cause):
        return []
    lines = [f"the edit was not taken: {before.refused_edit}"] if before.refused_edit else []
    old, new = was.call.arguments, action.call.arguments
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            lines.append(f"{name}: {old.get(name, 'not set')} → {new.get(name, 'not set')}")
    if was.target != action.target:
        lines.append(f"{action.target.subject} was changed by somebody else in the meantime")
    if fresh := [line for line in action.diff if line not in was.diff]:
        more = f" and {len(fresh) - SHOWN} more" if len(fresh) > SHOWN else ""
        lines.append(f"new in the diff: {'; '.join(line.strip() for line in fresh[:SHOWN])}{more}")
    if line_count := len([line for line in was.diff if line not in action.diff]):
        lines.append(f"no longer in the diff: {line_count} {'line' if line_count == 1 else 'lines'}")
    if was.blast_radius != action.blast_radius:
        lines.append(f"blast radius before: {was.blast_radius or 'unknown'}")
    return lines


def _reject(state: RunState, action: Action, decision: ApprovalDecision, earlier_update: RunState) -> Command[Any]:
    """The action is not asked about again in this incident; the next remedy may be. An undo has no next remedy."""
    if state.get("undoing"):
        return end("approval_denied", earlier_update)
    plan = state_values.plan(state) or RemediationPlan()
    rejection = RejectedRemedy(
        purpose=action.asks,
        remedy=action.remedy,
        subject=action.subject,
        by=decision.by,
        at=decision.at,
        why=decision.comment,
    )
    changed = plan.model_copy(
        update={
            "rejections": [*plan.rejections, rejection],
            "attempts": [*plan.attempts, f"denied:{action.key}"],
        }
    )
    text = f"{decision.by} rejected: {action.asks}{f'. Reason: {decision.comment}' if decision.comment else ''}"
    message = agent_message("approver", text, decision.incident, round_=len(changed.rejections))
    update = {**earlier_update, **state_values.update(remediation_plan=changed), "messages": [message]}
    return Command(goto="plan", update=update)


def _trace(question: ApprovalQuestion, decision: ApprovalDecision) -> None:
    """The time that a human took, as a span of its own."""
    attributes = {"choice": decision.choice, "by": decision.by}
    began = _nanoseconds(question.asked_at or decision.at)
    span = TRACER.start_span("approval", context=beside_the_run(), start_time=began, attributes=attributes)
    span.end(_nanoseconds(decision.at))


def _nanoseconds(when: datetime) -> int:
    return int(when.timestamp() * 1e9)
