"""The few calls whose answers prove a verdict by themselves: what to look at first when its alarm comes again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain, islice
from typing import Final

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import remedies
from sre_agent.diagnosis.confidence import is_proven
from sre_agent.diagnosis.recency import ABNORMAL, CHANGES, PAST
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.domain.past_incident import PastCall, PastCause, PastIncident
from sre_agent.failures import Catalogue

LARGEST_SHARE: Final = 0.5  # of the calls of the investigation: with more of them little is left out
DESCRIBE: Final = "describe_alarm"  # of round 0, the one call that every investigation of its alarm makes
CALLEES: Final = "kubectl_callees"  # shows how everything is that a workload calls
LOGS: Final = "logs"  # the specialist
TRIALS: Final = 150  # of one and two calls: all of them where there were a dozen, the weightiest where there were more
SIGNS: Final = ABNORMAL | PAST | CHANGES
Weigh = Callable[[Sequence[Evidence]], Weighing]
Selection = Sequence[Evidence]


def deciding_calls(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], weigh: Weigh, catalogue: Catalogue
) -> list[PastCall]:
    """A selection of calls that shows the same causes, each at least as sure, and leaves the same to do, and of which
    none can be left out; empty where it is no small part of all. Where they are not proven, another cause could be
    stronger: then it holds the first logs and all that is called. In no selection: what a chat model thought of, what
    settles the subject (round 0; the alarm's own description is read anyway), and what was asked about a time."""
    if not diagnosis.causes:
        return []
    alarm = [item for item in evidence if item.round == 0 and item.tool == DESCRIBE]
    calls = [item for item in evidence if item.round > 0 and not item.by_model and item.answer is not None]
    remedy_calls = _remedy_calls(diagnosis, evidence, catalogue)
    causes = [PastCause.of(cause) for cause in diagnosis.causes]
    timeless = [item for item in calls if not any(_is_time(value) for value in item.arguments.values())]
    needed = [] if is_proven(diagnosis) else [item for item in timeless if _shows_others(item, timeless)]

    def decides(selection: Selection) -> bool:
        weighing = weigh([*alarm, *selection])
        return (
            shows_again(weighing.diagnosis, causes)
            and all(item in selection for item in needed)
            and _remedy_calls(weighing.diagnosis, [*alarm, *selection], catalogue) == remedy_calls
        )

    points, pods = _points(diagnosis), _pods(evidence)
    ranked = sorted(timeless, key=lambda item: (_mentions(item, pods), -points[item.id]))
    smallest = _smallest(ranked, points, decides)
    past_calls = [PastCall(agent=item.agent, tool=item.tool, arguments=item.arguments) for item in smallest]
    return past_calls if len(past_calls) <= LARGEST_SHARE * len(calls) else []


def _pods(evidence: Sequence[Evidence]) -> set[str]:
    return {one.subject.name for one in _observations(evidence) if one.subject.kind == "Pod"}


def _shows_others(item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Whether another cause than that of the subject itself would show in it."""
    first = min((one.round for one in evidence if one.agent == LOGS), default=0)
    return item.tool == CALLEES or (item.agent == LOGS and item.round == first)


def _mentions(item: Evidence, pods: Set[str]) -> bool:
    """Whether it asks about a pod, which has another name when it comes again."""
    words = {word for value in item.arguments.values() for word in str(value).split("/")}
    return not words.isdisjoint(pods)


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


def shows_again(diagnosis: Diagnosis, causes: Sequence[PastCause]) -> bool:
    """Whether these causes and no others are believed, proven or at least as surely. That they lead to the alarm is not
    shown again: a person confirmed it of the same alarm."""
    before = {cause.key: cause.confidence for cause in causes}
    now = {cause.key: cause.confidence for cause in diagnosis.causes}
    return before.keys() == now.keys() and (is_proven(diagnosis) or all(now[key] >= before[key] for key in now))


def is_as_before(past: PastIncident, evidence: Sequence[Evidence]) -> bool:
    """Whether nothing is abnormal, and nothing changed, that was not so then."""
    return signs_of(evidence) <= {*past.observations} and abnormal_things(evidence) <= {*past.abnormal}


def signs_of(evidence: Sequence[Evidence]) -> set[str]:
    """The codes of what is abnormal or changed."""
    return {observation.code for observation in _abnormal(evidence)}


def abnormal_things(evidence: Sequence[Evidence]) -> set[str]:
    """The same, each with what it is about; without pods, whose names come and go."""
    return {f"{one.code} {one.subject.short}" for one in _abnormal(evidence) if one.subject.kind != "Pod"}


def _abnormal(evidence: Sequence[Evidence]) -> Iterator[Observation]:
    return (one for one in _observations(evidence) if one.code in OBSERVATIONS and one.code in SIGNS)


def _observations(evidence: Sequence[Evidence]) -> Iterator[Observation]:
    return (one for item in evidence if item.answer is not None for one in item.answer.observations)


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
