"""What becomes of an alarm's own claim: disproved by a measurement of its quantity, shown, or seen by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.observations import ANY, OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import Keys
from sre_agent.domain.claim import AlarmClaim
from sre_agent.failures.formats import brief, plain_number
from sre_agent.language.quantities import means, quantity_of

OF_NOTHING: Final = ("heartbeat", "health")  # no quantity of their own: only what speaks against them counts
CLEAR: Final = 1.0  # the least weight of an error line that is quoted
QUOTE_LENGTH = 160  # characters of the alarm's own words


@dataclass(frozen=True)
class ClaimCheck:
    """`disproof` shows that it is not, or no longer, so; `proof` that it is. `hints` are single log lines that say
    what would bring it about, too few to prove it."""

    claim: AlarmClaim
    disproof: tuple[ObservedFact, ...]
    proof: tuple[ObservedFact, ...]
    hints: tuple[ObservedFact, ...] = ()

    @property
    def is_disproved(self) -> bool:
        if self.claim.quantity in OF_NOTHING:
            return not self.proof
        return bool(self.disproof) and not self.proof


def check_claims(claim: AlarmClaim, evidence_set: EvidenceSet, own: Keys, near: Keys) -> ClaimCheck:
    """By what was seen of the claim's subjects. `own` are their keys, `near` those of what is about them."""
    owned = [fact for fact in evidence_set.facts if fact.subject.key in own or _is_its_own(claim, fact)]
    disproof = tuple(observed_fact for observed_fact in owned if _disproves(claim, observed_fact))
    about = [fact for fact in evidence_set.facts if fact.subject.key in near or _is_its_own(claim, fact)]
    proof = tuple(
        observed_fact
        for observed_fact in about
        if _stands(observed_fact, evidence_set) and _shows(claim, observed_fact)
    )
    lines = [
        observed_fact
        for observed_fact in owned
        if OBSERVATIONS[observed_fact.code].from_log
        and evidence_set.current(observed_fact)
        and recency.number(observed_fact.observation.attributes.get("weight", CLEAR)) >= CLEAR
    ]
    hints = tuple(s for s in lines if claim.quantity in OBSERVATIONS[s.code].shows and s not in proof)
    return ClaimCheck(claim, disproof, proof, hints)


def told_of(check: ClaimCheck) -> str:
    """Why the claim stands: what it is, what shows it, or that nobody measured it."""
    claim = check.claim
    numbers = [f"{plain_number(n)} {claim.unit}".strip() for n in (claim.value,) if n is not None]
    own_words = (
        f' ("{claim.statement[:QUOTE_LENGTH]}")'
        if claim.read_from in ("name", "text")
        else f" ({claim.statement[:QUOTE_LENGTH]})"
    )
    if claim.quantity == "unknown":
        return f"The alarm does not say what it measures{own_words}, so nothing could disprove it"
    if claim.quantity == "health":
        facts = "; ".join(dict.fromkeys(f"{s.subject.short} {_fact_text(s)}" for s in check.proof[:2]))
        return f"Its pods do not tell everything: at the entrance its requests fail, {facts}. The cause is not"
    who = "It is said" if claim.read_from == "text" else "The alarm says"
    so = f"{who} that {means(claim.quantity)}{own_words}"
    if check.proof:
        facts_once = _each_once(check.proof)[:2]
        room = QUOTE_LENGTH * 4 // (1 + len(facts_once))
        facts = "; ".join(f"{s.subject.short} {_fact_text(s, room)}" for s in facts_once)
        return f"{so}, and that is seen: {facts}. Its cause is not"
    own = f" Its own numbers ({', '.join(numbers)}) are from when it was sent." if numbers else ""
    beyond = "; ready pods say nothing about that" if claim.is_beyond_pods else ""
    lines = "".join(f" A log says: {_fact_text(hint)}." for hint in check.hints[:1])
    return f"{so}. Nothing that was looked at measures it, for or against{beyond}.{own}{lines}".removesuffix(".")


def _each_once(facts: Sequence[ObservedFact]) -> list[ObservedFact]:
    """Of lines that say one thing, of whichever pod, the first."""
    first: dict[object, ObservedFact] = {}
    for fact in facts:
        message = fact.observation.attributes.get("message") if fact.code in recency.FROM_LOGS else ""
        first.setdefault((fact.code, message) if message else (fact.code, fact.subject.key, _fact_text(fact)), fact)
    return list(first.values())


def _fact_text(observed_fact: ObservedFact, most: int = QUOTE_LENGTH) -> str:
    return brief(observed_fact.observation.excerpt, most) or observed_fact.code.partition(".")[2].replace("_", " ")


def _is_its_own(claim: AlarmClaim, observed_fact: ObservedFact) -> bool:
    """Whether it was measured by the alarm's own metric or expression, whoever that metric is said to be about."""
    if claim.expression:
        return observed_fact.observation.attributes.get("expression") == claim.expression
    name = str(observed_fact.observation.attributes.get("metric", ""))
    return bool(claim.metric and name) and claim.metric.split()[-1] == name.split()[-1]


def _disproves(claim: AlarmClaim, observed_fact: ObservedFact) -> bool:
    entry = OBSERVATIONS[observed_fact.code]
    if ANY in entry.disproves:
        return True
    if claim.quantity in entry.disproves and claim.quantity != "unknown":
        return True
    if not entry.metric_in or observed_fact.code in recency.ABNORMAL | recency.REPORTS:
        return False
    name = str(observed_fact.observation.attributes.get(entry.metric_in, ""))
    if not _measures(claim, name):
        return False
    bad = claim.is_met_by(_value(observed_fact)) if claim.metric.split()[-1:] == name.split()[-1:] else None
    return bad is False or (bad is None and entry.code not in STEADY)


STEADY = ("metric.steady",)  # no change is no proof, where it may have been bad all the time


def _stands(observed_fact: ObservedFact, evidence_set: EvidenceSet) -> bool:
    """Whether it is so now. What only explains has no time at which it is over."""
    return evidence_set.current(observed_fact) or OBSERVATIONS[observed_fact.code].polarity == "neutral"


def _shows(claim: AlarmClaim, observed_fact: ObservedFact) -> bool:
    entry = OBSERVATIONS[observed_fact.code]
    if claim.quantity in entry.shows:
        return not observed_fact.code.startswith("log.") or recency.insists(observed_fact.observation)
    if observed_fact.code == "condition.met":
        return observed_fact.observation.attributes.get("expression") == claim.expression
    if not entry.metric_in or observed_fact.code not in recency.ABNORMAL | recency.REPORTS:
        return False
    return _measures(claim, str(observed_fact.observation.attributes.get(entry.metric_in, "")))


def _measures(claim: AlarmClaim, metric: str) -> bool:
    """Whether a metric is the claim's own, or of its quantity."""
    if not metric:
        return False
    own = claim.metric.split()[-1:] == metric.split()[-1:]
    return own or (claim.quantity != "unknown" and quantity_of(metric.split()[-1]) == claim.quantity)


def _value(observed_fact: ObservedFact) -> float:
    attributes = observed_fact.observation.attributes
    return recency.number(attributes.get("now", attributes.get("value")))
