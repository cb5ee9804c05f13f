"""What becomes of an alarm's own claim: disproved by a measurement of its quantity, shown, or seen by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.observations import ANY, OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.topology import Keys
from sre_agent.domain.claim import AlarmClaim
from sre_agent.failures.formats import plain_number
from sre_agent.language.quantities import means, quantity_of

OF_NOTHING: Final = ("heartbeat", "health")  # no quantity of their own: only what speaks against them counts
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
    owned = [seen for seen in evidence_set.facts if seen.subject.key in own or _is_its_own(claim, seen)]
    disproof = tuple(seen for seen in owned if _disproves(claim, seen))
    about = [seen for seen in evidence_set.facts if seen.subject.key in near or _is_its_own(claim, seen)]
    shown = tuple(seen for seen in about if _stands(seen, evidence_set) and _shows(claim, seen))
    lines = [seen for seen in owned if OBSERVATIONS[seen.code].from_log and evidence_set.current(seen)]
    hints = tuple(s for s in lines if claim.quantity in OBSERVATIONS[s.code].shows and s not in shown)
    return ClaimCheck(claim, disproof, shown, hints)


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
        facts = "; ".join(dict.fromkeys(f"{s.subject.short} {_told(s)}" for s in check.proof[:2]))
        return f"Its pods do not tell everything: at the entrance its requests fail, {facts}. The cause is not"
    who = "It is said" if claim.read_from == "text" else "The alarm says"
    so = f"{who} that {means(claim.quantity)}{own_words}"
    if check.proof:
        facts = "; ".join(dict.fromkeys(f"{s.subject.short} {_told(s)}" for s in check.proof[:2]))
        return f"{so}, and that is seen: {facts}. Its cause is not"
    own = f" Its own numbers ({', '.join(numbers)}) are from when it was sent." if numbers else ""
    beyond = "; ready pods say nothing about that" if claim.is_beyond_pods else ""
    lines = "".join(f" A log says: {_told(seen)}." for seen in check.hints[:1])
    return f"{so}. Nothing that was looked at measures it, for or against{beyond}.{own}{lines}".removesuffix(".")


def _told(seen: ObservedFact) -> str:
    return seen.observation.excerpt[:QUOTE_LENGTH] or seen.code.partition(".")[2].replace("_", " ")


def _is_its_own(claim: AlarmClaim, seen: ObservedFact) -> bool:
    """Whether it was measured by the alarm's own metric or expression, whoever that metric is said to be about."""
    if claim.expression:
        return seen.observation.attributes.get("expression") == claim.expression
    name = str(seen.observation.attributes.get("metric", ""))
    return bool(claim.metric and name) and claim.metric.split()[-1] == name.split()[-1]


def _disproves(claim: AlarmClaim, seen: ObservedFact) -> bool:
    entry = OBSERVATIONS[seen.code]
    if ANY in entry.disproves:
        return True
    if claim.quantity in entry.disproves and claim.quantity != "unknown":
        return True
    if not entry.metric_in or seen.code in recency.ABNORMAL | recency.REPORTS:
        return False
    name = str(seen.observation.attributes.get(entry.metric_in, ""))
    if not _measures(claim, name):
        return False
    bad = claim.is_met_by(_value(seen)) if claim.metric.split()[-1:] == name.split()[-1:] else None
    return bad is False or (bad is None and entry.code not in STEADY)


STEADY = ("metric.steady",)  # no change is no proof, where it may have been bad all the time


def _stands(seen: ObservedFact, evidence_set: EvidenceSet) -> bool:
    """Whether it is so now. What only explains has no time at which it is over."""
    return evidence_set.current(seen) or OBSERVATIONS[seen.code].polarity == "neutral"


def _shows(claim: AlarmClaim, seen: ObservedFact) -> bool:
    entry = OBSERVATIONS[seen.code]
    if claim.quantity in entry.shows:
        return not seen.code.startswith("log.") or recency.insists(seen.observation)
    if seen.code == "condition.met":
        return seen.observation.attributes.get("expression") == claim.expression
    if not entry.metric_in or seen.code not in recency.ABNORMAL | recency.REPORTS:
        return False
    return _measures(claim, str(seen.observation.attributes.get(entry.metric_in, "")))


def _measures(claim: AlarmClaim, metric: str) -> bool:
    """Whether a metric is the claim's own, or of its quantity."""
    if not metric:
        return False
    own = claim.metric.split()[-1:] == metric.split()[-1:]
    return own or (claim.quantity != "unknown" and quantity_of(metric.split()[-1]) == claim.quantity)


def _value(seen: ObservedFact) -> float:
    attributes = seen.observation.attributes
    return recency.number(attributes.get("now", attributes.get("value")))
