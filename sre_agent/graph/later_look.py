"""One look at a remediated incident some time after its end: whether what was mended, or passed, is still well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis import recovery
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.run import RemediationPlan
from sre_agent.domain.verification import Check, Verification
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import judge, ledger
from sre_agent.graph.looks import ask_again, cause_of, evidence_of, last_remedy, remedy_write
from sre_agent.graph.state import RunState

WELL: Final[dict[str, bool | None]] = {"no_fault": True, "recovered": True, "cause": False}  # what a verdict says now


async def verification_later(state: RunState, context: Context) -> Verification:
    """From calls made now. What else happened in the namespace meanwhile is not this incident's."""
    if any(not write.is_undo for write in state_values.remediations(state)):
        return await _of_what_was_mended(state, context)
    return await _of_what_passed(state, context)


async def _of_what_was_mended(state: RunState, context: Context) -> Verification:
    """The checks of each cause that a write mended."""
    now, remedy = context.clock.now(), last_remedy(state)
    mended_causes = [*(state_values.plan(state) or RemediationPlan()).mended, cause_of(state).key]
    looks = []
    for cause in state_values.required_diagnosis(state).to_mend:
        if cause.key in mended_causes:
            write = replace(remedy_write(state, cause, remedy), well_since=remedy.at)
            evidence = await evidence_of(state, write, now, context)
            looks.append(recovery.verify(known_classes(state, context), write, evidence, now))
    return _together(looks)


async def _of_what_passed(state: RunState, context: Context) -> Verification:
    """Nothing was written, so there is nothing to check but the engine's verdict on what is read now."""
    now, before = context.clock.now(), await ledger(context)
    present: list[Evidence] = []
    subjects = _subjects(state)
    for subject in subjects:
        for call in ask_again(state, subject, before, now, context):
            present.append(await call)
    diagnosis = judge(state, [*before, *present], context).diagnosis
    ok = WELL.get(diagnosis.verdict)
    what = f"{', '.join(subject.short for subject in subjects) or 'What the signal is about'} is well"
    check = Check(what=what, ok=ok, reading=diagnosis.statement)
    verdict = {True: "proved", False: "not_healed", None: "inconclusive"}[ok]
    return Verification.model_validate({"at": now, "verdict": verdict, "checks": [check]})


def _subjects(state: RunState) -> list[Subject]:
    """What had been wrong, else what the incident was about."""
    diagnosis: Diagnosis = state_values.required_diagnosis(state)
    if diagnosis.hypothesis is not None:
        return [diagnosis.hypothesis.subject]
    return [Subject.model_validate(text) for text in state.get("subjects", [])]


def _together(looks: Sequence[Verification]) -> Verification:
    """Several looks of one moment as one: as bad as the worst of them."""
    worst = max(looks, key=lambda look: ("proved", "inconclusive", "not_healed").index(look.verdict))
    checks = {check.what: check for look in looks for check in look.checks}
    worse = dict.fromkeys(worse for look in looks for worse in look.worse)
    return worst.model_copy(update={"checks": list(checks.values()), "worse": list(worse)})
