"""Reading the incident's ledger the way nodes need it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mcp_servers.contract.facts import Subject
from sre_agent.agents.briefing import write_briefing
from sre_agent.domain.diagnosis import Diagnosis, Weighing, WeighingInputs
from sre_agent.domain.finding import Evidence
from sre_agent.domain.record import content_digest
from sre_agent.graph import state_values
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState


async def ledger(context: Context) -> list[Evidence]:
    """What was seen before any verification: all evidence of the investigation, in order."""
    return [e for e in await context.store.ledger(context.incident) if e.agent != VERIFIER]


VERIFIER = "verifier"


async def everything_failed(context: Context) -> bool:
    """Whether no call at all brought an answer: then the tools are to blame, not the evidence."""
    evidence_list = await ledger(context)
    return bool(evidence_list) and all(e.answer is None for e in evidence_list)


def started_at(state: RunState) -> datetime:
    return datetime.fromisoformat(state["started_at"])


async def weigh(state: RunState, context: Context, *, budget_left: int = 0) -> Weighing:
    """What the engine makes of everything seen so far, and at most `budget_left` calls that it would ask next."""
    return judge(state, await ledger(context), context, budget_left=budget_left)


def judge(state: RunState, evidence: Sequence[Evidence], context: Context, *, budget_left: int = 0) -> Weighing:
    """The same of this evidence."""
    return context.engine.weigh(
        [Subject.model_validate(text) for text in state.get("subjects", [])],
        evidence,
        started_at=started_at(state),
        budget_left=budget_left,
        claims=state_values.claims(state),
        unmet=state.get("gaps", []),
    )


def weighing_inputs(
    state: RunState, evidence: Sequence[Evidence], diagnosis: Diagnosis, context: Context
) -> WeighingInputs:
    """What the engine was given for this verdict, for the record."""
    return WeighingInputs(
        subjects=[Subject.model_validate(text) for text in state.get("subjects", [])],
        started_at=started_at(state),
        claims=state_values.claims(state),
        gaps=list(state.get("gaps", [])),
        evidence=[item.id for item in evidence],
        catalogue=context.catalogue.digest,
        verdict=content_digest(diagnosis.model_dump(mode="json")),
    )


def seen_by_a_model(state: RunState, evidence: Sequence[Evidence], diagnosis: Diagnosis) -> str:
    """What a chat model reads of this run."""
    plan = state_values.plan(state)
    rejected = [f"{one.by} rejected: {one.purpose}. {one.why}".strip() for one in plan.rejections] if plan else []
    return write_briefing(
        "\n".join([state.get("incident_description", ""), *rejected]),
        state.get("subjects", []),
        state.get("window", []),
        evidence,
        diagnosis,
        state_values.findings(state),
    )
