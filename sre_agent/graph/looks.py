"""Looks at the live system around a write: its namespace just before it, and everything that tells what came of it.

They are kept in the ledger under the verifier's name, so that no diagnosis rests on them, and each under the moment or
the permit that it is for: a step that runs again after a crash finds the look of before the write, and takes no later
one for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract import permits
from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis import recovery
from sre_agent.diagnosis.recovery import RecoveryEvidence, RemedyWrite
from sre_agent.domain.action import Action, Remediation
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence, evidence_id
from sre_agent.domain.run import RemediationPlan
from sre_agent.domain.verification import Check, Verification
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import VERIFIER, ledger
from sre_agent.graph.state import RunState

KUBERNETES, TRIAGE = "kubernetes", "kubectl_triage"
PAGES: Final = 5  # of one namespace; the failing come first


async def take_baseline(state: RunState, context: Context) -> None:
    """The namespace of the action as it is before the write; of an undo the one before the first write counts."""
    if not state.get("undoing"):
        namespace = state_values.action(state).namespace
        await _around(state, namespace, _moment(permits.peek_id(state["permit"]) or ""), context)


async def verification(state: RunState, context: Context) -> Verification:
    """Every check at one moment, from calls made now. The namespace is read when it counts: where all else is well, and
    when the deadline comes."""
    now, cause, remedy = context.clock.now(), cause_of(state), last_remedy(state)
    write, classes = remedy_write(state, cause, remedy), known_classes(state, context)
    evidence = await evidence_of(state, write, now, context)
    look = recovery.verify(classes, write, evidence, now)
    if look.well_since is None and now < datetime.fromisoformat(state["verify_until"]):
        return look
    return recovery.verify(classes, write, await _with_namespace(state, write, evidence, now, context), now)


async def verification_of_undo(state: RunState, context: Context) -> Verification:
    """Whether the undo gave the state back, from calls made now."""
    now, cause, remedy = context.clock.now(), cause_of(state), last_remedy(state)
    plan = state_values.plan(state) or RemediationPlan()
    undone_action = plan.undo_of or state_values.action(state)
    write = remedy_write(state, cause, remedy)
    evidence = await _with_namespace(state, write, await evidence_of(state, write, now, context), now, context)
    given_back = await _given_back(undone_action, state_values.remediations(state)[-1], context)
    return recovery.verify_undo(write, evidence, given_back, now)


def open_causes(state: RunState, mended_causes: Sequence[str]) -> list[Hypothesis]:
    """The causes that nothing has mended."""
    return [cause for cause in state_values.required_diagnosis(state).to_mend if cause.key not in mended_causes]


def last_remedy(state: RunState) -> Remediation:
    """The last write that is no undo."""
    return next(write for write in reversed(state_values.remediations(state)) if not write.is_undo)


def cause_of(state: RunState) -> Hypothesis:
    key = state_values.action(state).cause
    return next(cause for cause in state_values.required_diagnosis(state).to_mend if cause.key == key)


def remedy_write(state: RunState, cause: Hypothesis, write: Remediation) -> RemedyWrite:
    earlier = state_values.verification(state)
    # An alarm that another cause keeps on says nothing about this one.
    others = open_causes(state, [*(state_values.plan(state) or RemediationPlan()).mended, cause_of(state).key])
    goes_on = earlier is not None and earlier.at > write.at
    return RemedyWrite(
        failure_class=cause.failure_class,
        subject=cause.subject,
        since=write.at,
        namespace=state_values.action(state).namespace,
        alarm=(state.get("alarm") or {}).get("name") if not others else None,
        well_since=earlier.well_since if earlier is not None and goes_on else None,
    )


async def evidence_of(state: RunState, write: RemedyWrite, now: datetime, context: Context) -> RecoveryEvidence:
    """What tells of the write itself."""
    before, remedy, moment = await ledger(context), last_remedy(state), _moment_of_look(state, now)
    calls = ask_again(state, write.subject, before, now, context, moment)
    if remedy.execution:
        calls.append(_ask(state, "ssm", "get_automation", {"execution_id": remedy.execution}, moment, context))
    return RecoveryEvidence(before=before, now=await asyncio.gather(*calls))


async def _with_namespace(
    state: RunState, write: RemedyWrite, evidence: RecoveryEvidence, now: datetime, context: Context
) -> RecoveryEvidence:
    """The same look with the namespace as it is now and as it was just before the write."""
    around = await _around(state, write.namespace, _moment_of_look(state, now), context)
    baseline = await _baseline(state, last_remedy(state), context) if write.namespace else []
    return replace(evidence, baseline=baseline, around=around)


def _moment_of_look(state: RunState, now: datetime) -> str:
    """A look of the same instant before the write is another one."""
    return f"{now.isoformat()} after {last_remedy(state).permit}"


def ask_again(
    state: RunState,
    subject: Subject,
    before: Sequence[Evidence],
    now: datetime,
    context: Context,
    moment: str = "",
) -> list[Awaitable[Evidence]]:
    """The earlier calls that have to be made again to judge whether a subject is well now; `moment` tells this look
    from another one at the same instant."""
    live = moment or now.isoformat()
    return [
        _ask(state, context.roster[one.agent].server_of(one.tool), one.tool, one.arguments, live, context)
        for one in recovery.calls(before, subject, until=now)
    ]


def _ask(
    state: RunState, server: str, tool: str, arguments: dict[str, Any], moment: str, context: Context
) -> Awaitable[Evidence]:
    return context.toolbox.ask(context.incident, state["round"], VERIFIER, server, tool, arguments, live=moment)


def _moment(permit: str) -> str:
    return f"before {permit}"


async def _around(state: RunState, namespace: str, moment: str, context: Context) -> list[Evidence]:
    """The namespace, page by page; none for what is in no namespace, or where nobody can tell."""
    specialist = context.roster.get(KUBERNETES)
    if not namespace or specialist is None:
        return []
    arguments: dict[str, Any] = {"namespace": namespace}
    pages: list[Evidence] = []
    while len(pages) < PAGES:
        server = specialist.server_of(TRIAGE)
        page = await context.toolbox.ask(
            context.incident, state["round"], VERIFIER, server, TRIAGE, dict(arguments), live=moment
        )
        pages.append(page)
        cursor = page.answer.data.get("cursor") if page.answer is not None else None
        if not cursor:
            break
        arguments["cursor"] = cursor
    return pages


async def _baseline(state: RunState, write: Remediation, context: Context) -> list[Evidence]:
    """As it was taken before the write: what was away then, and was read again after it, tells nothing of before."""
    arguments: dict[str, Any] = {"namespace": state_values.action(state).namespace}
    pages: list[Evidence] = []
    while len(pages) < PAGES:
        key = evidence_id(context.incident, state["round"], VERIFIER, TRIAGE, arguments, _moment(write.permit))
        page = await context.toolbox.stored_evidence(key)
        if page is None or (page.answer is not None and page.answer.as_of > write.at):
            break
        pages.append(page)
        arguments = {**arguments, "cursor": page.answer.data.get("cursor") if page.answer is not None else None}
        if not arguments["cursor"]:
            break
    return pages


async def _given_back(undone_action: Action, undo: Remediation, context: Context) -> Check:
    """Whether the object is what it was before the write: a dry run of what would make the write again tells how it is
    now, as the first one told how it was."""
    what = f"{undone_action.target.subject} is what it was before the write"
    try:
        preview = await context.toolbox.preview(context.incident, undo.undo or undone_action.call)
    except (PermanentError, TemporaryError) as problem:
        return Check(what=what, about="undo", ok=None, reading=f"it could not be read: {problem}")
    state = str(preview.data.get("state", ""))
    if not state or not undone_action.state:
        return Check(what=what, about="undo", ok=None, reading="its server does not tell")
    same = state == undone_action.state
    return Check(what=what, about="undo", ok=same, reading="as before" if same else "not as before")
