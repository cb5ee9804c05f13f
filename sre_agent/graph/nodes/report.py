"""The last step: what is said, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from langgraph.runtime import Runtime

from mcp_servers.contract import permits
from sre_agent import degradation, reports
from sre_agent.domain.action import Remediation
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from sre_agent.domain.run import Outcome, RemediationPlan
from sre_agent.domain.signal import Signal
from sre_agent.errors import LeaseLostError, PermanentError, SreAgentError
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.messages import agent_message
from sre_agent.graph.recurrence import remember
from sre_agent.graph.routing import TRIES, WHOLE
from sre_agent.graph.state import RunState
from sre_agent.handover import sentence
from sre_agent.model.reasons import NOT_AGAIN
from sre_agent.reports.authoring import Author, language_for
from sre_agent.reports.commands import ConnectionOptions
from sre_agent.reports.expense import with_calls
from sre_agent.reports.result import RunResult

LOG = structlog.get_logger("sre_agent.graph")
UNTOLD = "The summary is in the responder's own words: what the model wrote could not be read."
LOST_ANSWER = "The answer to this write never came: look at the live system to see whether it took effect."


async def report(state: RunState, runtime: Runtime[Context]) -> RunState:
    """Keeps the report in the store and beside it as Markdown and JSON."""
    context = runtime.context
    incident, outcome = await context.store.incident(context.incident), state_values.outcome(state)
    if incident is None or outcome is None:
        raise PermanentError(f"Incident {context.incident} reached its report without an outcome.")
    result = result_of(
        state,
        incident,
        outcome,
        ledger=await context.store.ledger(context.incident),
        now=context.clock.now(),
        reach=ConnectionOptions.of(context.settings),
        attached=await context.store.attached(context.incident),
        left_out=[f"[unavailable] {why}" for why in context.settings.servers.left_out.values()],
    )
    plain_report = reports.build(result)
    final_report = await _with_account(plain_report, state, incident, context)
    for note in final_report.model_notes[len(plain_report.model_notes) :]:
        context.progress.say("warning", context.incident, "report", text=note)
    done = with_calls(final_report, await context.store.model_calls(incident=context.incident))
    writes = context.settings.writing.writes
    level = await degradation.current(context.models, context.toolbox, writes=writes, incident=context.incident)
    elsewhere = [sentence(post) for post in await context.store.channel_posts(context.incident)]
    version = context.prompts.name if context.models.configured else ""
    done = done.model_copy(update={"degradation": level, "notifications": elsewhere, "prompt_version": version})
    await context.store.keep_report(done, context.epoch)
    await remember(state, incident, done, context)
    reports.write(done, context.settings.state.state_dir / "reports")
    return {"messages": [agent_message("report", done.statement, context.incident)]}


async def _with_account(report: Report, state: RunState, incident: Incident, context: Context) -> Report:
    """The report with a model's account at its head, where there is a model that may be asked for one."""
    asked_for = context.models.configured and state.get("intent") != "answer" and not state.get("recurs")
    if not asked_for or state.get("model_given_up") in NOT_AGAIN:
        return report
    tag = language_for(incident, context.settings.reports.language)
    context.progress.say("model.words", context.incident, tag, prompts=context.prompts.name)
    most = max(1, min(TRIES, WHOLE - state.get("model_steps", 0)))
    try:
        return await Author(context.models, tag, most, context.prompts).retold(report)
    except LeaseLostError:
        raise
    except (SreAgentError, ValueError, RecursionError) as problem:  # words change nothing of what happened
        LOG.warning("no account", incident_id=context.incident, action="words", status=type(problem).__name__)
        return report.model_copy(update={"model_notes": [*report.model_notes, UNTOLD]})


def result_of(
    state: state_values.Values,
    incident: Incident,
    outcome: Outcome,
    *,
    ledger: Sequence[Evidence],
    now: datetime,
    otherwise: str = "",
    reach: ConnectionOptions | None = None,
    left_out: Sequence[str] = (),
    attached: Sequence[tuple[Signal, str]] = (),
) -> RunResult:
    """A run as far as it came. `otherwise` is said where it did not come to a diagnosis, `left_out` of servers that
    nobody could ask."""
    return RunResult(
        incident=incident,
        outcome=outcome,
        diagnosis=state_values.diagnosis(state) or Diagnosis(verdict="inconclusive", statement=otherwise),
        ledger=ledger,
        ended_at=now,
        findings=state_values.findings(state),
        gaps=[*state.get("gaps", []), *left_out, *([otherwise] if otherwise else [])],
        plan=state_values.plan(state) or RemediationPlan(),
        policy_decision=state_values.policy_decision(state),
        question=state_values.question(state),
        decision=state_values.decision(state),
        remediations=_remediations(state, now),
        verification=state_values.verification(state),
        routed=state_values.routed_questions(state),
        model_notes=state.get("model_notes", []),
        attached=attached,
        reach=reach or ConnectionOptions(),
        seen_before=state_values.seen_before(state),
        recurs=state.get("recurs", ""),
    )


def _remediations(state: state_values.Values, now: datetime) -> list[Remediation]:
    """What was written, and the permit that was issued and of whose use nothing came back."""
    writes, plan = state_values.remediations(state), state_values.plan(state)
    permit = permits.peek_id(state.get("permit") or "")
    if permit and plan is not None and plan.action is not None and all(r.permit != permit for r in writes):
        lost_write = Remediation(
            call=plan.action.call,
            permit=permit,
            allowed_by=state.get("allowed_by", ""),
            outcome="in_doubt",
            text=LOST_ANSWER,
            at=now,
            is_undo=bool(state.get("undoing")),
        )
        return [*writes, lost_write]
    return writes
