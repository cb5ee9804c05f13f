"""Looks at the live system around a write: its namespace just before it, and everything that tells what came of it.

They are kept in the ledger under the verifier's name, so that no diagnosis rests on them, and each under the moment or
the permit that it is for: a step that runs again after a crash finds the look of before the write, and takes no later
one for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mcp_servers.contract import permits
from mcp_servers.contract.facts import Subject
from sre_agent.diagnosis import recovery
from sre_agent.diagnosis.recovery import RecoveryEvidence, RemedyWrite
from sre_agent.domain.action import Action, Check, Remediation, Verification
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.finding import Evidence, evidence_id
from sre_agent.domain.run import RemediationPlan
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
        await _around(state, _moment(permits.peek_id(state["permit"]) or ""), context)


async def verification(state: RunState, context: Context) -> Verification:
    """Every check at one moment, from calls made now."""
    now = context.clock.now()
    action, written = state_values.action(state), last_remedy(state)
    return recovery.verify(
        known_classes(state, context),
        _remedy_write(state, written, context),
        await _evidence(state, action, written, now, context),
        now,
    )


async def verification_of_undo(state: RunState, context: Context) -> Verification:
    """Whether the undo gave the state back, from calls made now."""
    now = context.clock.now()
    plan, written = state_values.plan(state) or RemediationPlan(), last_remedy(state)
    undone = plan.undo_of or state_values.action(state)
    evidence = await _evidence(state, undone, written, now, context)
    given_back = await _given_back(undone, state_values.remediations(state)[-1], context)
    return recovery.verify_undo(_remedy_write(state, written, context), evidence, given_back, now)


def open_causes(state: RunState, mended: Sequence[str]) -> list[Hypothesis]:
    """The causes that nothing has mended."""
    return [cause for cause in state_values.required_diagnosis(state).to_mend if cause.key not in mended]


def last_remedy(state: RunState) -> Remediation:
    """The last write that is no undo."""
    return next(write for write in reversed(state_values.remediations(state)) if not write.is_undo)


def _cause(state: RunState) -> Hypothesis:
    key = state_values.action(state).cause
    return next(cause for cause in state_values.required_diagnosis(state).to_mend if cause.key == key)


def _remedy_write(state: RunState, written: Remediation, context: Context) -> RemedyWrite:
    cause, known = _cause(state), state_values.verification(state)
    # An alarm that another cause keeps on says nothing about this one.
    others = open_causes(state, [*(state_values.plan(state) or RemediationPlan()).mended, cause.key])
    goes_on = known is not None and known.at > written.at
    return RemedyWrite(
        failure_class=cause.failure_class,
        subject=cause.subject,
        since=written.at,
        namespace=state_values.action(state).namespace,
        alarm=(state.get("alarm") or {}).get("name") if not others else None,
        well_since=known.well_since if known is not None and goes_on else None,
    )


async def _evidence(
    state: RunState, action: Action, written: Remediation, now: datetime, context: Context
) -> RecoveryEvidence:
    subject: Subject = _cause(state).subject
    before = await ledger(context)
    moment = now.isoformat()
    calls = [
        context.toolbox.ask(
            context.incident,
            state["round"],
            VERIFIER,
            context.roster[request.agent].server_of(request.tool),
            request.tool,
            request.arguments,
            live=moment,
        )
        for request in recovery.calls(before, subject, until=now)
    ]
    if written.execution:
        arguments = {"execution_id": written.execution}
        calls.append(
            context.toolbox.ask(
                context.incident, state["round"], VERIFIER, "ssm", "get_automation", arguments, live=moment
            )
        )
    looks, around = await asyncio.gather(asyncio.gather(*calls), _around(state, moment, context))
    baseline = await _baseline(state, written, context)
    return RecoveryEvidence(before=before, now=looks, baseline=baseline, around=around)


def _moment(permit: str) -> str:
    return f"before {permit}"


async def _around(state: RunState, moment: str, context: Context) -> list[Evidence]:
    """The namespace of the action, page by page; none for what is in no namespace, or where nobody can tell."""
    namespace, specialist = state_values.action(state).namespace, context.roster.get(KUBERNETES)
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


async def _baseline(state: RunState, written: Remediation, context: Context) -> list[Evidence]:
    """As it was taken before the write: what was away then, and was read again after it, tells nothing of before."""
    arguments: dict[str, Any] = {"namespace": state_values.action(state).namespace}
    pages: list[Evidence] = []
    while len(pages) < PAGES:
        key = evidence_id(context.incident, state["round"], VERIFIER, TRIAGE, arguments, _moment(written.permit))
        page = await context.toolbox.stored_evidence(key)
        if page is None or (page.answer is not None and page.answer.as_of > written.at):
            break
        pages.append(page)
        arguments = {**arguments, "cursor": page.answer.data.get("cursor") if page.answer is not None else None}
        if not arguments["cursor"]:
            break
    return pages


async def _given_back(undone: Action, undo: Remediation, context: Context) -> Check:
    """Whether the object is what it was before the write: a dry run of what would make the write again tells how it is
    now, as the first one told how it was."""
    what = f"{undone.target.subject} is what it was before the write"
    try:
        preview = await context.toolbox.preview(context.incident, undo.undo or undone.call)
    except (PermanentError, TemporaryError) as problem:
        return Check(what=what, about="undo", ok=None, reading=f"it could not be read: {problem}")
    state = str(preview.data.get("state", ""))
    if not state or not undone.state:
        return Check(what=what, about="undo", ok=None, reading="its server does not tell")
    same = state == undone.state
    return Check(what=what, about="undo", ok=same, reading="as before" if same else "not as before")
