"""The fewest tools whose answers prove a verdict by themselves: what to look at first when its alarm comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import remedies
from sre_agent.diagnosis.recency import ABNORMAL, CHANGES, PAST
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.domain.past_incident import PastCause, PastIncident, ToolChoice
from sre_agent.failures import Catalogue

MOST: Final = 3  # tools: with more of them little is left out
DESCRIBE: Final = "describe_alarm"  # of round 0, the one call that every investigation of its alarm makes
TRIALS: Final = 5  # tools that are tried, those on which most of the verdict rests
SIGNS: Final = ABNORMAL | PAST | CHANGES
Weigh = Callable[[Sequence[Evidence]], Weighing]


def tool_of(item: Evidence) -> ToolChoice:
    return ToolChoice(agent=item.agent, tool=item.tool)


def deciding_tools(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], weigh: Weigh, catalogue: Catalogue
) -> list[ToolChoice]:
    """The smallest selection that proves the same causes and leaves the same to do; empty where none of `MOST` tools
    does. What a chat model thought of, and what settles the subject (round 0), is in no selection: the alarm's own
    description is read anyway."""
    if not diagnosis.causes or not weigh(evidence).is_settled:
        return []
    alarm = [item for item in evidence if item.round == 0 and item.tool == DESCRIBE]
    by_tool: dict[ToolChoice, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.round > 0 and not item.by_model and item.answer is not None:
            by_tool[tool_of(item)].append(item)
    points = _points(diagnosis, evidence)
    tools = sorted(by_tool, key=lambda tool: -points[tool])[:TRIALS]
    calls = _remedy_calls(diagnosis, evidence, catalogue)
    causes = [PastCause.of(cause) for cause in diagnosis.causes]

    def decides(selection: Sequence[ToolChoice]) -> bool:
        some = [*alarm, *(item for tool in selection for item in by_tool[tool])]
        weighing = weigh(some)
        return proves_again(weighing, causes) and _remedy_calls(weighing.diagnosis, some, catalogue) == calls

    if not decides(tools):  # nor would fewer, without what speaks against them
        return []
    sizes = range(1, min(MOST, len(tools), len(by_tool) - 1) + 1)
    return next((list(some) for size in sizes for some in combinations(tools, size) if decides(some)), [])


def proves_again(weighing: Weighing, causes: Sequence[PastCause]) -> bool:
    """Whether these causes and no others are proven, and explain all that the signal says and its subjects show."""
    return weighing.is_settled and {cause.key for cause in weighing.diagnosis.causes} == {cause.key for cause in causes}


def is_as_before(past: PastIncident, evidence: Sequence[Evidence]) -> bool:
    """Whether nothing is abnormal, and nothing changed, that was not so then."""
    return signs_of(evidence) <= {*past.observations}


def signs_of(evidence: Sequence[Evidence]) -> set[str]:
    """The codes of what is abnormal or changed."""
    answers = [item.answer for item in evidence if item.answer is not None]
    codes = {observation.code for answer in answers for observation in answer.observations}
    return {code for code in codes & OBSERVATIONS.keys() if code in SIGNS}


def _points(diagnosis: Diagnosis, evidence: Sequence[Evidence]) -> dict[ToolChoice, int]:
    """How much of the causes' weight each tool brought."""
    tools: dict[EvidenceId, ToolChoice] = {item.id: tool_of(item) for item in evidence}
    points: dict[ToolChoice, int] = defaultdict(int)
    for cause in diagnosis.causes:
        for term in cause.terms:
            if term.evidence and term.evidence in tools:
                points[tools[term.evidence]] += abs(term.weight)
    return points


def _remedy_calls(diagnosis: Diagnosis, evidence: Sequence[Evidence], catalogue: Catalogue) -> set[str]:
    return {
        option.call.digest for cause in diagnosis.causes for option in remedies.options(catalogue, cause, evidence)[0]
    }
