"""The law's word on the action, and the only place where a permit is minted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command
from opentelemetry import trace

from sre_agent.domain.action import Action, Decision, Ruling, SkippedRemedy
from sre_agent.domain.signal import fingerprint
from sre_agent.errors import PermanentError
from sre_agent.graph.actions import kept
from sre_agent.graph.context import Context
from sre_agent.graph.state import State
from sre_agent.trace import beside_the_run

TRACER = trace.get_tracer("sre_agent.gate")


async def gate(state: State, runtime: Runtime[Context]) -> Command[Any]:
    """allow: on to remediate with a permit. approve: ask a human once. deny: back to the plan for the next remedy."""
    context = runtime.context
    if await context.called_off():  # the last moment: nothing is waited for from here to the permit
        return Command(goto="supervisor", update={"outcome": {"status": "escalated", "reason": "cancelled"}})
    plan = state["remediation_plan"]
    assert plan is not None
    action = Action.model_validate(plan["action"])
    covered = state.get("allowed_by", "") if state.get("undoing") else ""
    ruling = context.law.ruling(action, severity=state.get("severity", "SEV3"), covered_by=covered)
    if not covered:
        ruling = _asked(ruling, action, pointed=state.get("pointed", False))
    context.progress.say("ruling", context.incident, action.call.tool, **ruling.model_dump(mode="json"))
    update: dict[str, Any] = {"ruling": ruling.model_dump(mode="json")}
    if ruling.verdict == "allow":
        by = covered or f"policy:{','.join(ruling.policies)}"
        return Command(goto="remediate", update=update | _permit(action, by, context))
    if ruling.verdict == "deny":
        return _denied(state, action, ruling, update)
    return _with_approval(state, action, update, context)


def _asked(ruling: Ruling, action: Action, *, pointed: bool) -> Ruling:
    """A model's word is never enough, whatever a policy says: policies of users may not know that there is one."""
    if ruling.verdict != "allow" or not (action.proposed or pointed):
        return ruling
    did = "proposed the cause" if action.proposed else "led to the place"
    reason = f"{ruling.reason} A chat model {did}, so a human is asked all the same."
    return Ruling(verdict="approve", policies=ruling.policies, reason=reason)


def _with_approval(state: State, action: Action, update: dict[str, Any], context: Context) -> Command[Any]:
    now = context.clock.now()
    decision = Decision.model_validate(state["decision"]) if state.get("decision") else None
    if decision is not None and decision.action_digest == action.digest:
        _traced(state, decision)
        if decision.choice == "approve" and now - decision.at < timedelta(seconds=context.settings.approval_seconds):
            return Command(goto="remediate", update=update | _permit(action, f"human:{decision.by}", context))
        if decision.choice == "reject":
            reason = "approval_expired" if decision.by == "nobody" else "approval_denied"
            return Command(goto="supervisor", update=update | {"outcome": {"status": "escalated", "reason": reason}})
    number = int((state.get("question") or {}).get("number", 0)) + 1
    question = {
        "id": fingerprint(context.incident, action.digest, str(number)),
        "number": number,
        "action_digest": action.digest,
        "asked_at": now.isoformat(),
        "expires_at": (now + timedelta(seconds=context.settings.approval_seconds)).isoformat(),
    }
    return Command(goto="approve", update=update | {"question": question, "decision": None})


def _traced(state: State, decision: Decision) -> None:
    """The time that a human took, as a span of its own."""
    asked = datetime.fromisoformat((state.get("question") or {}).get("asked_at", decision.at.isoformat()))
    attributes = {"choice": decision.choice, "by": decision.by}
    began = _nanoseconds(asked)
    span = TRACER.start_span("approval", context=beside_the_run(), start_time=began, attributes=attributes)
    span.end(_nanoseconds(decision.at))


def _nanoseconds(when: datetime) -> int:
    return int(when.timestamp() * 1e9)


def _permit(action: Action, allowed_by: str, context: Context) -> dict[str, Any]:
    permit = context.mint.permit(
        action, incident=context.incident, epoch=context.epoch, allowed_by=allowed_by, now=context.clock.now()
    )
    return {"permit": permit, "allowed_by": allowed_by}


def _denied(state: State, action: Action, ruling: Ruling, update: dict[str, Any]) -> Command[Any]:
    if state.get("undoing"):
        outcome = {"status": "escalated", "reason": "verification_failed"}
        return Command(goto="supervisor", update=update | {"outcome": outcome})
    plan = state["remediation_plan"]
    if plan is None:
        raise PermanentError("The gate was reached without a plan.")
    skipped = [*plan["skipped"], *kept([SkippedRemedy(remedy=action.purpose, why=f"denied. {ruling.reason}")])]
    denied = [*plan.get("denied", []), {"purpose": action.purpose, "reason": ruling.reason}]
    tried = [*plan["tried"], f"denied:{action.remedy} for {action.cause}"]
    changed = {**plan, "skipped": skipped, "tried": tried, "denied": denied}
    return Command(goto="plan", update=update | {"remediation_plan": changed})
