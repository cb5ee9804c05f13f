"""The last step: what is said, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from mcp_servers.contract import permits
from sre_agent import reports
from sre_agent.domain.action import Action, Decision, Remediation, Ruling, SkippedRemedy, Verification
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence, Finding
from sre_agent.domain.incident import Incident, Reason, Status
from sre_agent.domain.report import Offer, Report, TimelineEntry
from sre_agent.errors import LeaseLostError, PermanentError, SreAgentError
from sre_agent.graph.context import Context
from sre_agent.graph.routing import TRIES, WHOLE
from sre_agent.graph.state import Json, State
from sre_agent.model.reasons import NOT_AGAIN
from sre_agent.reports.authoring import Author, language_for
from sre_agent.reports.commands import Reach
from sre_agent.reports.expense import with_calls
from sre_agent.reports.timeline import Question

LOG = structlog.get_logger("sre_agent.graph")
UNTOLD = "The account is in the responder's own words: what the model wrote could not be read."
LOST = "The answer to this write never came: look at the live system to see whether it took effect."


async def report(state: State, runtime: Runtime[Context]) -> State:
    """Keeps the report in the store and beside it as Markdown and JSON; closes the write sessions."""
    context = runtime.context
    incident, outcome = await context.store.incident(context.incident), state.get("outcome")
    if incident is None or outcome is None:
        raise PermanentError(f"Incident {context.incident} reached its report without an outcome.")
    await context.toolbox.close_writers()
    built = report_of(
        state,
        incident,
        status=outcome["status"],
        reason=outcome["reason"],
        ledger=await context.store.ledger(context.incident),
        now=context.clock.now(),
        reach=Reach.of(context.settings),
        left_out=[f"[unavailable] {why}" for why in context.settings.left_out.values()],
    )
    plan = state.get("remediation_plan") or {}
    if "offers" in plan:
        offers = [Offer.model_validate(offer) for offer in plan["offers"]]
        built = built.model_copy(update={"offers": offers, "unfit": [one.text for one in _skipped(plan)]})
    told = await _told(built, state, incident, context)
    for note in told.model_notes[len(built.model_notes) :]:
        context.progress.say("warning", context.incident, "report", text=note)
    done = with_calls(told, await context.store.model_calls(incident=context.incident))
    await context.store.keep_report(done, context.epoch)
    reports.write(done, context.settings.state_dir / "reports")
    return {"messages": [AIMessage(content=done.statement, id=f"report-{context.incident}")]}


async def _told(built: Report, state: State, incident: Incident, context: Context) -> Report:
    """The report with a model's account at its head, where there is a model that may be asked for one."""
    asked_for = context.models.configured and state.get("intent") != "answer"
    if not asked_for or state.get("model_given_up") in NOT_AGAIN:
        return built
    tag = language_for(incident, context.settings.language)
    context.progress.say("model.words", context.incident, tag)
    most = max(1, min(TRIES, WHOLE - state.get("model_steps", 0)))
    try:
        return await Author(context.models, tag, most).retold(built)
    except LeaseLostError:
        raise
    except (SreAgentError, ValueError, RecursionError) as problem:  # words change nothing of what happened
        LOG.warning("no account", incident_id=context.incident, action="words", status=type(problem).__name__)
        return built.model_copy(update={"model_notes": [*built.model_notes, UNTOLD]})


def report_of(
    state: State | dict[str, Any],
    incident: Incident,
    *,
    status: Status,
    reason: Reason,
    ledger: Sequence[Evidence],
    now: datetime,
    otherwise: str = "",
    reach: Reach | None = None,
    left_out: Sequence[str] = (),
) -> Report:
    """The report of a run as far as it came. `otherwise` is said where it did not come to a diagnosis, `left_out` of
    servers that nobody could ask."""
    plan = state.get("remediation_plan") or {}
    diagnosis = state.get("diagnosis")
    findings = [Finding.model_validate(f) for f in state.get("findings", {}).values()]
    return reports.build(
        incident,
        status=status,
        reason=reason,
        diagnosis=(
            Diagnosis.model_validate(diagnosis) if diagnosis else Diagnosis(verdict="inconclusive", statement=otherwise)
        ),
        findings=findings,
        ledger=ledger,
        gaps=[*state.get("gaps", []), *left_out, *([otherwise] if otherwise else [])],
        action=Action.model_validate(plan.get("undo_of") or plan["action"]) if plan.get("action") else None,
        skipped=_skipped(plan),
        denied=plan.get("denied", []),
        decision=Decision.model_validate(state["decision"]) if state.get("decision") else None,
        ruling=Ruling.model_validate(state["ruling"]) if state.get("ruling") else None,
        remediations=_remediations(state, now),
        verification=Verification.model_validate(state["verification"]) if state.get("verification") else None,
        mended=plan.get("mended", []),
        turns=_answered(state),
        questions=[
            Question(sent["specialist"], sent["question"], datetime.fromisoformat(sent["at"]))
            for sent in state.get("routed", [])
            if "at" in sent  # a run of before has none
        ],
        model_notes=[
            *state.get("model_notes", []),
            *(f"{finding.agent}: {trouble}" for finding in findings for trouble in finding.trouble),
        ],
        now=now,
        reach=reach,
    )


def _answered(state: State | dict[str, Any]) -> list[TimelineEntry]:
    """The question to a human and the answer, where there was one."""
    question, given = state.get("question"), state.get("decision")
    entries: list[TimelineEntry] = []
    if question and question.get("asked_at"):
        entries.append(TimelineEntry(at=datetime.fromisoformat(question["asked_at"]), what="Asked for approval"))
    if given:
        decision = Decision.model_validate(given)
        how = "Nobody answered in time" if decision.by == "nobody" else f"{decision.choice} by {decision.by}"
        said = f": {decision.comment}" if decision.comment else ""
        entries.append(TimelineEntry(at=decision.at, what=f"{how}{said}".capitalize()))
    return entries


def _remediations(state: State | dict[str, Any], now: datetime) -> list[Remediation]:
    """What was written, and the permit that was minted and of whose use nothing came back."""
    known = [Remediation.model_validate(r) for r in state.get("remediations", [])]
    permit = permits.peek_id(state.get("permit") or "")
    plan = state.get("remediation_plan") or {}
    if permit and plan.get("action") and all(r.permit != permit for r in known):
        action = Action.model_validate(plan["action"])
        lost = Remediation(
            call=action.call,
            permit=permit,
            allowed_by=state.get("allowed_by", ""),
            outcome="in_doubt",
            text=LOST,
            at=now,
            is_undo=bool(state.get("undoing")),
        )
        return [*known, lost]
    return known


def _skipped(plan: Json) -> list[SkippedRemedy]:
    return [SkippedRemedy.model_validate(one) for one in plan.get("skipped", [])]
