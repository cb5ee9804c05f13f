"""How a specialist works: it makes the calls it was asked for, all at once, and says what they show.

Without a model its claims are the observations themselves, in the words of their sources.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from mcp_servers.contract.facts import Answer, Observation
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.record import WELL
from sre_agent.agents.roster import Specialist
from sre_agent.clock import Clock
from sre_agent.domain.base import IncidentId
from sre_agent.domain.finding import Claim, Evidence, EvidenceRequest, Finding
from sre_agent.progress import Progress
from sre_agent.toolbox.toolbox import Toolbox

CLAIMS = 12


async def investigate(
    specialist: Specialist,
    incident: IncidentId,
    round_: int,
    requests: Sequence[EvidenceRequest],
    *,
    toolbox: Toolbox,
    clock: Clock,
    progress: Progress,
) -> Finding:
    """The finding of one specialist for one round. Calls run in parallel; a failed one becomes a gap."""
    progress.say("agent.started", incident, specialist.name, round=round_, calls=len(requests))
    started = clock.now()
    evidence = await asyncio.gather(
        *(
            toolbox.ask(
                incident, round_, specialist.name, specialist.server_of(request.tool), request.tool, request.arguments
            )
            for request in requests
        )
    )
    finding = Finding(
        agent=specialist.name,
        round=round_,
        claims=claims(evidence)[:CLAIMS],
        gaps=gaps(evidence),
        evidence=[e.id for e in evidence],
        seconds=(clock.now() - started).total_seconds(),
    )
    tell_ended(finding, incident, evidence, progress)
    return finding


def tell_ended(finding: Finding, incident: IncidentId, calls: Sequence[Evidence], progress: Progress) -> None:
    """To whoever listens: what the specialist found, and how long the calls took that it `calls`."""
    progress.say(
        "agent.ended",
        incident,
        finding.agent,
        round=finding.round,
        claims=[claim.text for claim in finding.claims],
        gaps=finding.gaps,
        ms=round(sum(item.duration_ms for item in calls), 1),
    )


def claims(evidence: Sequence[Evidence]) -> list[Claim]:
    """One claim an observation, the telling ones first, the same one once."""
    by_text: dict[str, tuple[bool, Claim]] = {}
    for item in evidence:
        for observation in item.answer.observations if item.answer else []:
            text = _sentence(observation)
            if text not in by_text:
                by_text[text] = _is_calm(observation), Claim(text=text, evidence=[item.id])
    return [claim for _, claim in sorted(by_text.values(), key=itemgetter(0))]


def gaps(evidence: Sequence[Evidence]) -> list[str]:
    """What could not be seen: failed calls, and what answers say they did not cover."""
    texts = [str(item.refusal) for item in evidence if item.refusal is not None and not item.mistaken]
    for item in evidence:
        answer: Answer | None = item.answer
        for coverage in answer.coverage if answer else []:
            if coverage.state not in ("complete", "truncated"):
                texts.append(f"{coverage.looked_at}: {coverage.state}. {coverage.detail}".strip())
    return list(dict.fromkeys(texts))


def _sentence(observation: Observation) -> str:
    details = ", ".join(
        f"{name}={'+'.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in observation.attributes.items()
        if value not in ("", [], None)
    )
    return f"{observation.subject.short}: {observation.code}" + (f" ({details})" if details else "")


CALM: Final = frozenset(code for code, entry in OBSERVATIONS.items() if entry.polarity == WELL or entry.offers_rollback)


def _is_calm(observation: Observation) -> bool:
    """Whether it tells of no trouble: such claims come after the others."""
    return observation.code in CALM
