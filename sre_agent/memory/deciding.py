"""The few calls whose answers prove a verdict by themselves: what to look at first when its alarm comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import remedies
from sre_agent.diagnosis.recency import ABNORMAL, CHANGES, PAST
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.domain.past_incident import PastCause, PastIncident, ToolChoice
from sre_agent.domain.record import content_digest
from sre_agent.failures import Catalogue

LARGEST_SHARE: Final = 0.5  # of the calls of the investigation: with more of them little is left out
DESCRIBE: Final = "describe_alarm"  # of round 0, the one call that every investigation of its alarm makes
TRIALS: Final = 150  # of one and two calls: all of them where there were a dozen, the weightiest where there were more
SIGNS: Final = ABNORMAL | PAST | CHANGES
Weigh = Callable[[Sequence[Evidence]], Weighing]
Selection = Sequence[Evidence]


def deciding_tools(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], weigh: Weigh, catalogue: Catalogue
) -> list[ToolChoice]:
    """A selection of calls that proves the same causes and leaves the same to do, and of which none can be left out;
    empty where it is no small part of all. What a chat model thought of, and what settles the subject (round 0), is in
    no selection: the alarm's own description is read anyway."""
    if not diagnosis.causes or not weigh(evidence).is_settled:
        return []
    alarm = [item for item in evidence if item.round == 0 and item.tool == DESCRIBE]
    calls = [item for item in evidence if item.round > 0 and not item.by_model and item.answer is not None]
    remedy_calls = _remedy_calls(diagnosis, evidence, catalogue)
    causes = [PastCause.of(cause) for cause in diagnosis.causes]

    def decides(selection: Selection) -> bool:
        weighing = weigh([*alarm, *selection])
        return (
            proves_again(weighing, causes)
            and _remedy_calls(weighing.diagnosis, [*alarm, *selection], catalogue) == remedy_calls
        )

    points = _points(diagnosis)
    smallest = _smallest(sorted(calls, key=lambda item: -points[item.id]), points, decides)
    choices = [choice_of(item) for item in smallest]
    return choices if len(choices) <= LARGEST_SHARE * len(calls) else []


def choice_of(item: Evidence) -> ToolChoice:
    return ToolChoice(agent=item.agent, tool=item.tool, about=about(item.arguments))


def about(arguments: Mapping[str, Any]) -> str:
    """A digest of what a call asks about, whatever the time it asks for."""
    return content_digest({name: value for name, value in arguments.items() if not _is_time(value)})


def _smallest(
    calls: Sequence[Evidence], points: Mapping[EvidenceId, int], decides: Callable[[Selection], bool]
) -> Selection:
    """Of `calls`, the weightiest first: one or two where they suffice, one of them with weight; otherwise what is left
    when none of the rest can be spared. Empty where not even all of them decide."""
    if not decides(calls):  # nor would fewer, without what speaks against them
        return []
    weighty = [item for item in calls if points[item.id]]
    pairs = ([one, other] for one in weighty for other in calls if other is not one)
    for few in islice(chain(([one] for one in weighty), pairs), TRIALS):
        if decides(few):
            return few
    left = list(calls)
    for item in reversed(calls):
        fewer = [one for one in left if one is not item]
        if decides(fewer):
            left = fewer
    return left


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


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


def _points(diagnosis: Diagnosis) -> dict[EvidenceId, int]:
    """How much of the causes' weight each call brought."""
    points: dict[EvidenceId, int] = defaultdict(int)
    for cause in diagnosis.causes:
        for term in cause.terms:
            if term.evidence:
                points[term.evidence] += abs(term.weight)
    return points


def _remedy_calls(diagnosis: Diagnosis, evidence: Sequence[Evidence], catalogue: Catalogue) -> set[str]:
    return {
        option.call.digest for cause in diagnosis.causes for option in remedies.options(catalogue, cause, evidence)[0]
    }
