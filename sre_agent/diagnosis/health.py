"""What it takes to say that nothing is wrong, or no longer: everything was looked at, and all of it is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mcp_servers.contract.facts import Coverage, Subject, SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.claims import ClaimCheck, check_claims, told_of
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import OF_THE_CLOUD, WORKLOADS, Keys, Topology
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.finding import Evidence

BEFORE_SIGNAL = timedelta(minutes=15)  # an alarm takes its periods before it goes off
WITHOUT_SIGNAL = timedelta(hours=1)
HEALTHY = {
    kind: tuple(code for code, entry in OBSERVATIONS.items() if kind in entry.proves_well)
    for kind in {kind for entry in OBSERVATIONS.values() for kind in entry.proves_well}
}
_SAYS_NOTHING = [{code} for code in recency.NO_DATA]
CONFIGURATION = frozenset({"Secret", "ConfigMap", "ServiceAccount"})  # pods that serve have got what they need of these
EXPLAIN = "kubectl_explain_workload"
ALARMS = "list_alarms"  # of what runs in the cloud: which alarms are on
METRIC = "get_metric"  # the one that an alarm is about
LOGS = ("kubectl_logs", "query_logs", "summarize_errors", "list_log_groups")


@dataclass(frozen=True)
class HealthUnknown:
    """Why health cannot be said, for people; `about` is the subject of which something wrong was seen."""

    text: str
    about: Subject | None = None


@dataclass
class Health:
    """`proof` are the facts that show it, `checks` what became of each claim of the signal, `is_heartbeat` that it
    fires as it should and is about nothing else, `history` those that show that something was wrong, `against` why it
    cannot be said."""

    proof: list[ObservedFact] = field(default_factory=list)
    checks: list[ClaimCheck] = field(default_factory=list)
    is_heartbeat: bool = False
    history: list[ObservedFact] = field(default_factory=list)
    against: list[HealthUnknown] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return self.is_heartbeat or (bool(self.proof) and not self.against)

    @property
    def unanswered(self) -> list[ClaimCheck]:
        """The claims that are shown to be so, or that nothing speaks for or against."""
        return [check for check in self.checks if not check.is_disproved]

    @property
    def lasting_words(self) -> list[ObservedFact]:
        """What a log said once and still holds, of those that show a claim that stands."""
        return [s for check in self.unanswered for s in check.proof if s.code in recency.LASTING_WORDS]


def judge(
    evidence_set: EvidenceSet,
    topology: Topology,
    focus: list[Subject],
    own: Keys,
    near: Keys,
    started_at: datetime | None,
    claims: Sequence[AlarmClaim] = (),
) -> Health:
    """Health of all that the signal is about. Whatever was not seen completely speaks against saying so, and so does a
    claim that nothing disproves."""
    health = Health(checks=[check_claims(claim, evidence_set, own, near) for claim in claims])
    health.is_heartbeat = not focus and bool(claims) and all(one.quantity == "heartbeat" for one in claims)
    for check in health.checks:
        health.proof += check.disproof
        health.against += [HealthUnknown(told_of(check))] if not check.is_disproved else []
    subjects = [topology.resolve(s) for s in focus]
    subjects = [s for s in subjects if not _nowhere(evidence_set, s)] or subjects
    if not subjects:
        health.against.append(HealthUnknown("Nothing that exists could be found for what the signal names."))
    for subject in subjects:
        _one(evidence_set, topology, subject, health)
    explanations = _explanations(evidence_set, own)
    for fact in evidence_set.facts:
        close = fact.subject.key in near or fact.evidence in explanations
        wrong = fact.code in recency.ABNORMAL and close
        if wrong or (fact.subject.key in own and _still(fact, evidence_set)):
            health.against.append(HealthUnknown(f"{fact.subject.short}: {fact.code}", fact.subject))
        under = fact.subject.key in own or (fact.subject.kind == "Node" and fact.subject.key in near)
        if under and _was_wrong(fact, evidence_set.last_read(fact), started_at):
            health.history.append(fact)
    health.history.sort(
        key=lambda observed_fact: observed_fact.code in recency.REPORTS
    )  # what was seen before what was reported
    health.against += [
        HealthUnknown(text) for text in _not_seen(evidence_set, own) + _missing_measurements(evidence_set)
    ]
    return health


def _nowhere(evidence_set: EvidenceSet, subject: Subject) -> bool:
    """Whether the source of its kind says that there is no such thing: a name in a label that nothing bears."""
    calls = [e for e in evidence_set.evidence if e.arguments.get("name") == subject.name]
    absences = [e for e in calls if e.arguments.get("kind") == subject.kind and e.kind == "not_found"]
    return bool(absences) and not any(e.answer and e.answer.observations for e in calls)


def _explanations(evidence_set: EvidenceSet, own: Keys) -> set[str]:
    """The calls that asked what could explain the state of the subjects: whatever is wrong in them concerns these."""
    names = {k.name for k in own}
    return {e.id for e in evidence_set.evidence if e.tool == EXPLAIN and str(e.arguments.get("name", "")) in names}


def _one(evidence_set: EvidenceSet, topology: Topology, subject: Subject, health: Health) -> None:
    """The proof for one subject; an alarm whose state nobody could give is no reason to doubt."""
    key = topology.workload(subject.key)
    codes = HEALTHY.get(key.kind, HEALTHY[WORKLOADS[0]])
    if key.kind == "Pod":
        family: set[SubjectKey] = {key}
    else:
        family = topology.workload_tree(key) | {key}
    proof = [s for s in evidence_set.with_code(*codes) if s.subject.key in family]
    if proof:
        health.proof += proof
    elif key.kind != "Alarm" or any(s.subject.key == key for s in evidence_set.with_code(*recency.ALARM_SILENT)):
        health.against.append(HealthUnknown(f"Nothing that was looked at proves {subject.short} healthy."))
    if key.kind in WORKLOADS:
        health.proof += [
            s for s in evidence_set.with_code(*recency.ALARM_OK) if s.subject.key in topology.neighbourhood(key)
        ]


def _still(observed_fact: ObservedFact, evidence_set: EvidenceSet) -> bool:
    """Whether something past or said goes on. A single line of a log or an event does not make a workload ill."""
    if observed_fact.code in recency.PAST:
        return evidence_set.current(observed_fact)
    if observed_fact.code in recency.REPORTS & recency.FROM_LOGS:
        return recency.insists(observed_fact.observation) and evidence_set.current(observed_fact)
    if observed_fact.code == "node.closed":
        return observed_fact.observation.attributes.get("why") == "cordoned"
    return observed_fact.code in recency.ALARM_SILENT


def _was_wrong(observed_fact: ObservedFact, now: datetime, started_at: datetime | None) -> bool:
    """Whether it shows trouble since shortly before the signal (the last hour, for a signal without a time)."""
    since = (started_at or now) - (BEFORE_SIGNAL if started_at else WITHOUT_SIGNAL)
    if observed_fact.code in recency.ALARM_OK:
        last_fired = recency.instant(observed_fact.observation.attributes.get("last_fired"))
        return last_fired is not None and last_fired >= since
    if over_since := OBSERVATIONS[observed_fact.code].over_since:
        when = recency.instant(observed_fact.observation.attributes.get(over_since)) or observed_fact.observation.at
    elif observed_fact.code in recency.REPORTS and observed_fact.code not in recency.FROM_LOGS:
        when = recency.last_seen(observed_fact.observation)
        if when is None or recency.number(observed_fact.observation.attributes.get("count")) <= 1:
            return False  # a warning of one moment is what starts and ends look like
    elif observed_fact.code in recency.PAST:
        when = recency.last_seen(observed_fact.observation)
    else:
        return False
    return when is None or when >= since - WITHOUT_SIGNAL


def _not_seen(evidence_set: EvidenceSet, own: Keys) -> list[str]:
    """Gaps that forbid saying that all is well: in what was asked about the subjects themselves."""
    names = {k.name for k in own}
    gaps = [
        f"{c.looked_at}: {c.state}. {c.detail}".strip()
        for e, c in evidence_set.gaps()
        if _hides(c) and _matters(e, c.state, own, names)
    ]
    for item in evidence_set.failed_calls():
        if item.kind != "not_found" and _matters(item, "unavailable", own, names):
            gaps.append(item.error)
    if any(k.kind in OF_THE_CLOUD for k in own):
        gaps += [item.error for item in evidence_set.failed_calls() if item.tool == ALARMS]
    return gaps


def _missing_measurements(evidence_set: EvidenceSet) -> list[str]:
    """The alarm's own metric without a point says nothing, unless the alarm says that it is well all the same."""
    if evidence_set.with_code(*recency.ALARM_OK):
        return []
    calls = [e for e in evidence_set.evidence if e.tool == METRIC and e.answer is not None]
    silent = [e for e in calls if e.answer and {o.code for o in e.answer.observations} in _SAYS_NOTHING]
    return [f"The metric {e.arguments.get('metric')} has no data." for e in silent]


def _hides(coverage: Coverage) -> bool:
    """Whether trouble could be where was not looked."""
    return not coverage.kinds or not CONFIGURATION.issuperset(coverage.kinds)


def _matters(item: Evidence, state: str, own: Keys, names: set[str]) -> bool:
    if item.tool in LOGS and state != "denied":
        return False  # a container without logs serves all the same
    about = {o.subject.key for o in item.answer.observations} & own if item.answer else set()
    return bool(about) or str(item.arguments.get("name", "")) in names
