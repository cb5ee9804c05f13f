"""From everything that a run leaves behind to one report. Nothing is said here that the inputs do not say."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.agents.specialist import claims as shown
from sre_agent.domain.action import Action, SkippedRemedy
from sre_agent.domain.base import EvidenceId, Severity
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Claim, Evidence, Finding
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import CausalLink, Cost, Report
from sre_agent.reports import actions as doing
from sre_agent.reports import commands
from sre_agent.reports.chain import chain
from sre_agent.reports.citations import Citations
from sre_agent.reports.commands import ConnectionOptions
from sre_agent.reports.correction_commands import corrections
from sre_agent.reports.facts import ReportFacts
from sre_agent.reports.files import class_file
from sre_agent.reports.gaps import Gap, gaps, meaning
from sre_agent.reports.grouped import grouped
from sre_agent.reports.impact import Impact, impact
from sre_agent.reports.next_steps import RunEnding, next_steps
from sre_agent.reports.owners import Owners
from sre_agent.reports.result import RunResult
from sre_agent.reports.timeline import timeline
from sre_agent.reports.verdict import verdict

STATEMENT_CHARACTERS = 700
CLAIMS = 40


def build(result: RunResult) -> Report:
    """The report of a run. What nothing in the ledger shows is dropped. `cost.tool_calls` counts every call, also those
    that were asked again: more than the evidence that is listed."""
    incident, outcome, plan, ledger = result.incident, result.outcome, result.plan, result.ledger
    diagnosis, action, remediations = result.diagnosis, plan.proposal, result.remediations
    facts = ReportFacts(incident, diagnosis, ledger)
    run_ending = RunEnding(
        status=outcome.status,
        reason=outcome.reason,
        diagnosis=diagnosis,
        owners=Owners(ledger),
        action=action,
        skipped=[_with_command(one, result.reach) for one in (*plan.skipped, *plan.refused_in_rehearsal)],
        git_changes=plan.git_changes,
        policy_decision=result.policy_decision,
        remediations=remediations,
        verification=result.verification,
        failed=plan.failed,
        gaps=_gaps(result),
        mended=plan.mended,
        class_file=class_file(incident.id),
        allow=_allowing(incident, action, result) if action and outcome.reason == "writes_off" else "",
        corrections=corrections(diagnosis, plan.git_changes, result.reach),
    )
    citations = Citations(ledger, incident.signals, remediations, doing.own_words(diagnosis))
    proposal_outcome = doing.ProposalOutcome(
        outcome.reason,
        action,
        result.policy_decision,
        result.decision,
        plan.denials,
        plan.rejections,
        remediations,
        plan.refused_in_rehearsal,
    )
    story = _story(facts, run_ending, citations, result, proposal_outcome)
    story |= _commands(facts, proposal_outcome, result.reach)
    if plan.offers is not None:
        story |= {"offers": plan.offers, "unfit": [one.text for one in plan.skipped]}
    seconds = (result.ended_at - incident.opened_at).total_seconds()
    return Report(
        incident=incident.id,
        title=incident.title,
        cluster=incident.cluster,
        account=incident.account,
        status=outcome.status,
        reason=outcome.reason,
        opened_at=incident.opened_at,
        reopens=incident.reopens,
        seen_before=list(result.seen_before),
        recurs=result.recurs,
        ended_at=result.ended_at,
        subjects=[subject.short for subject in incident.subjects],
        alarms=grouped(result.attached),
        diagnosis=diagnosis,
        action=action,
        policy_decision=result.policy_decision,
        remediations=list(remediations),
        verification=result.verification,
        failed_remedies=plan.failed,
        git_changes=plan.git_changes,
        evidence=citations.lines(),
        records=citations.records(),
        sentences_dropped=citations.dropped,
        trace_id=incident.trace_id,
        cost=Cost(tool_calls=sum(item.calls for item in ledger), seconds=round(seconds, 1)),
        model_notes=list(dict.fromkeys([*result.model_notes, *_trouble(result.findings)])),
        **story,
    )


def _story(
    facts: ReportFacts,
    run_ending: RunEnding,
    citations: Citations,
    result: RunResult,
    proposal_outcome: doing.ProposalOutcome,
) -> dict[str, Any]:
    """The fields that are sentences, in the order in which they cite: the cause first, the specialists last."""
    diagnosis, harm = facts.diagnosis, impact(facts)
    severity, why = _severity(facts.incident, harm, over=diagnosis.verdict in ("no_fault", "recovered"))
    _cite_terms(diagnosis, citations)
    telling = citations.check if diagnosis.proposal is not None else citations.statement
    statement, numbers = telling(shorten(diagnosis.statement), diagnosis.evidence)
    end = f"Ended {run_ending.status}{f' ({run_ending.reason})' if run_ending.reason else ''}"
    conclusions = _conclusions(result.findings, facts.ledger)
    return {
        "severity": severity,
        "severity_why": why,
        "verdict": verdict(
            run_ending.status,
            run_ending.reason,
            diagnosis,
            run_ending.action,
            run_ending.remediations,
            run_ending.verification,
        ),
        "statement": statement,
        "statement_evidence": numbers,
        "impact": citations.states(harm.lines),
        "impact_unknown": harm.unknown,
        "chain": _chain(facts, citations),
        "symptoms": citations.states(doing.unexplained(facts)),
        "done": citations.states(
            doing.actions_taken(run_ending.remediations, run_ending.verification, run_ending.failed, facts)
        ),
        "not_done": [
            Claim(text=text, evidence=_ids(citations.numbers(shows)))
            for text, shows in doing.actions_not_taken(proposal_outcome, facts)
        ],
        "ruled_out": citations.states(doing.ruled_out(facts)),
        "other_causes": citations.states(doing.also(diagnosis)),
        "proposals": citations.quotes(doing.considered(diagnosis), search=True),
        "elsewhere": citations.states(doing.elsewhere(facts)),
        "gaps": [Claim(text=gap.text, evidence=_ids(citations.numbers([gap.evidence]))) for gap in run_ending.gaps],
        "gaps_mean": meaning(run_ending.gaps, diagnosis),
        "next_steps": next_steps(run_ending),
        "timeline": timeline(result, citations, end),
        **_claims(result.findings, conclusions, facts.ledger, citations),
    }


def _commands(facts: ReportFacts, proposal_outcome: doing.ProposalOutcome, reach: ConnectionOptions) -> dict[str, str]:
    """The lines to look, to do by hand what was not done, to take back what was, and to let it be done."""
    action, alarms = proposal_outcome.action, [s.alarm for s in facts.incident.signals if s.alarm is not None]
    leading = facts.diagnosis.leading
    about = [*([leading.subject] if leading else []), *facts.incident.subjects]
    well = facts.diagnosis.verdict == "no_fault"
    command_lines = {"look": "" if well else commands.look(about, alarms[0] if alarms else None, reach)}
    if action is not None and not proposal_outcome.was_done:
        command_lines["by_hand"] = commands.by_hand(action.call, reach)
        if proposal_outcome.reason == "writes_off":
            decision = proposal_outcome.policy_decision
            stop = decision.stop if decision else None
            command_lines["allow"] = commands.allowing(facts.incident.id, action, reach, stop)
    writes = [write for write in proposal_outcome.remediations if write.outcome in doing.DONE]
    if writes and not writes[-1].is_undo:
        undo = writes[-1].undo or (action.undo if action and action.call.digest == writes[-1].call.digest else None)
        command_lines["undo"] = commands.by_hand(undo, reach)
    return command_lines


def _allowing(incident: Incident, action: Action, result: RunResult) -> str:
    stop = result.policy_decision.stop if result.policy_decision is not None else None
    return commands.allowing(incident.id, action, result.reach, stop)


def _with_command(skipped: SkippedRemedy, reach: ConnectionOptions) -> SkippedRemedy:
    """A change for a person, with the line that makes it."""
    if not skipped.command:
        return skipped
    line = shlex.join([*reach.kubectl, *skipped.command])
    if skipped.input:
        line = f"echo {shlex.quote(skipped.input)} | {line}"
    return skipped.model_copy(update={"why": f"{skipped.why.rstrip('.')}: {line}"})


def shorten(statement: str, limit: int = STATEMENT_CHARACTERS) -> str:
    """The statement within the limit, ended after a whole sentence where there is one."""
    text = statement.strip()
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    sentence = max(cut.rfind(mark) for mark in (". ", ".\n", "; "))
    return cut[: sentence + 1] if sentence > limit // 3 else cut.rsplit(" ", 1)[0] + "…"


def _severity(incident: Incident, harm: Impact, *, over: bool) -> tuple[Severity, str]:
    """The highest that a signal says, else what the impact comes to."""
    severities = [signal.severity for signal in incident.signals if signal.severity is not None]
    return (min(severities), "as the signal reports") if severities else harm.severity(over=over)


def _cite_terms(diagnosis: Diagnosis, citations: Citations) -> None:
    """What the believed hypothesis rests on gets the first numbers, the weightiest term first."""
    terms = diagnosis.hypothesis.terms if diagnosis.hypothesis else []
    for term in sorted(terms, key=lambda term: -abs(term.weight)):
        citations.number(term.evidence, term.excerpt)


def _chain(facts: ReportFacts, citations: Citations) -> list[CausalLink]:
    stated_links = [(part, citations.state(*line)) for part, line in chain(facts)]
    return [
        CausalLink(part=part, text=claim.text, evidence=claim.evidence)
        for part, claim in stated_links
        if claim is not None
    ]


def _gaps(result: RunResult) -> list[Gap]:
    finding_gaps = [gap for finding in result.findings for gap in finding.gaps]
    return gaps([*result.diagnosis.missing, *finding_gaps, *result.gaps], result.ledger)


def _trouble(findings: Sequence[Finding]) -> list[str]:
    """Where a chat model went astray, by specialist."""
    return [f"{finding.agent}: {trouble}" for finding in findings for trouble in finding.trouble]


def _conclusions(findings: Sequence[Finding], ledger: Sequence[Evidence]) -> set[str]:
    """What specialists say beyond the words of their sources: a chat model concluded it."""
    texts = {claim.text for finding in findings for claim in finding.claims}
    return texts - {claim.text for claim in shown(ledger)}


def _claims(
    findings: Sequence[Finding], conclusions: set[str], ledger: Sequence[Evidence], citations: Citations
) -> dict[str, list[Claim]]:
    """What the specialists say, each by its own evidence alone; apart, what a chat model concluded."""
    statements = [claim for finding in findings for claim in finding.claims] or _ledger_claims(ledger)
    plain = [claim for claim in statements if claim.text not in conclusions]
    plain_claims = citations.states((claim.text, list(claim.evidence)) for claim in plain[:CLAIMS])
    conclusion_claims = citations.quotes(
        (claim.text, list(claim.evidence)) for claim in statements if claim.text in conclusions
    )
    return {"claims": [*plain_claims, *conclusion_claims], "conclusions": conclusion_claims}


def _ledger_claims(ledger: Sequence[Evidence]) -> list[Claim]:
    """For a run that ended before its specialists reported: what the ledger shows, in the vocabulary's words."""
    by_text: dict[str, Claim] = {}
    for item in ledger:
        for observation in item.answer.observations if item.answer else []:
            meaning = OBSERVATIONS[observation.code].meaning
            text = f"{observation.subject.short}: {observation.code} ({meaning})"
            by_text.setdefault(text, Claim(text=text, evidence=[item.id]))
    return list(by_text.values())


def _ids(numbers: Sequence[str]) -> list[EvidenceId]:
    return [EvidenceId(number) for number in numbers]
