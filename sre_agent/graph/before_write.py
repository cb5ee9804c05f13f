"""The last look before a write that had to wait: where the trouble has passed meanwhile, nothing is written.

A person takes minutes to approve, and monitors report that an alarm is over while its fix is on the way. So the live
system is read again. As long as one check of the class is open, or the alarm is on, or the engine knows of something
that is wrong now, the write goes on, bound as ever to the version that was previewed.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from langgraph.types import Command

from sre_agent.diagnosis import recovery
from sre_agent.diagnosis.recovery import RecoveryEvidence, RemedyWrite
from sre_agent.domain.action import Action, SkippedRemedy
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.run import RemediationPlan
from sre_agent.domain.verification import Verification
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.ending import end
from sre_agent.graph.evidence import judge, ledger
from sre_agent.graph.looks import ask_again
from sre_agent.graph.state import RunState

OVER: Final = "not carried out: when it was to be written, the live system had recovered by itself"


async def recovered_meanwhile(state: RunState, context: Context) -> Command[Any] | None:
    """The end of a run whose trouble has passed; None where its write is still needed, or was not waited for."""
    action = state_values.action(state)
    if state.get("undoing") or not (_is_approved(state, action) or await _is_reported_over(context)):
        return None
    diagnosis = state_values.required_diagnosis(state)
    verification, present = await _look(state, diagnosis, action, context)
    if not _is_over(verification, present):
        return None
    context.progress.say("verification", context.incident, data=verification.model_dump(mode="json"))
    plan = state_values.plan(state) or RemediationPlan()
    skipped = [*plan.skipped, SkippedRemedy(remedy=action.purpose, why=OVER)]
    update = state_values.update(
        remediation_plan=plan.model_copy(update={"action": None, "skipped": skipped}),
        diagnosis=diagnosis.model_copy(update={"verdict": "recovered"}),
        verification=verification,
    )
    has_written = any(write.outcome == "done" for write in state_values.remediations(state))
    return end("fixed" if has_written else "recovered", update)


def _is_approved(state: RunState, action: Action) -> bool:
    decision = state_values.decision(state)
    return decision is not None and decision.choice == "approve" and decision.action_digest == action.digest


async def _is_reported_over(context: Context) -> bool:
    """Whether a monitor has said since then that an alarm of the incident is over."""
    return any(signal.state == "resolved" for signal, _ in await context.store.attached(context.incident))


def _is_over(verification: Verification, present: Diagnosis) -> bool:
    """Every check holds, and has held for as long as it has to after a write. Where no alarm could be read, which would
    answer what the signal claims, the engine has to call it well; where one is OK, it is enough that it knows of
    nothing that is wrong now."""
    if verification.verdict != "proved" or not all(check.ok for check in verification.checks):
        return False
    if present.verdict in ("recovered", "no_fault"):
        return True
    alarm_is_ok = any(check.about == "alarm" for check in verification.checks)
    return alarm_is_ok and present.verdict == "inconclusive" and present.hypothesis is None


async def _look(
    state: RunState, diagnosis: Diagnosis, action: Action, context: Context
) -> tuple[Verification, Diagnosis]:
    """The checks of the cause, and the engine's verdict, on what is read now."""
    before, now = await ledger(context), context.clock.now()
    cause = next(cause for cause in diagnosis.to_mend if cause.key == action.cause)
    fresh = await asyncio.gather(*ask_again(state, cause.subject, before, now, context))
    since = max(item.asked_at for item in before)
    wait = RemedyWrite(
        failure_class=cause.failure_class,
        subject=cause.subject,
        since=since,
        namespace="",
        alarm=(state.get("alarm") or {}).get("name"),
        well_since=since,
    )
    evidence = RecoveryEvidence(before=before, now=fresh, baseline=[], around=[])
    verification = recovery.verify(known_classes(state, context), wait, evidence, now)
    return verification, judge(state, [*before, *fresh], context).diagnosis
