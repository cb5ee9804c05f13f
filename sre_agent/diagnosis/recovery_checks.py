"""One look at what a write was for: the class's own checks, and what is worse on the subject and around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mcp_servers.contract.calls import canonical
from mcp_servers.contract.facts import SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import WINDOW, EvidenceSet, ObservedFact
from sre_agent.diagnosis.expectations import expectation
from sre_agent.diagnosis.phrasing import TimeFormat, sentence
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.finding import Evidence
from sre_agent.domain.verification import Check
from sre_agent.failures.model import RecoveryCondition

ENDED_WELL: Final = frozenset({"Success", "CompletedWithSuccess"})
ALARM_STATES: Final = {code: entry.alarm_state for code, entry in OBSERVATIONS.items() if entry.alarm_state}


class RecoveryLook:
    """One look at the system after a write: `view` is what is seen now, `earlier` what was seen before."""

    def __init__(self, view: SubjectView, earlier: SubjectView, alarm: str | None, since: datetime) -> None:
        self.view, self.earlier, self.alarm, self.since = view, earlier, alarm, since
        self.evidence_set = view.evidence_set

    def check(self, line: RecoveryCondition) -> Check | None:
        """The line as a check; None for an alarm line where the signal came from none."""
        if line.on == "alarm":
            return self._alarm_check(line) if self.alarm else None
        code = line.present or line.absent
        within = self.view.neighbourhood if line.on == "related" else self.view.same
        facts = [s for s in self.evidence_set.with_code(code) if s.subject.key in within and not self._stale(s)]
        on = self.view.subject.short
        what = expectation(line, on, self.alarm)
        if line.present:
            was_observed = self._was_observed(code)
            reading = self._say(facts) or ("not seen" if was_observed else "could not be read")
            ok = True if facts else (False if was_observed else None)
            return Check(what=what, subject=on, ok=ok, reading=reading, **_by(facts))
        if facts:
            return Check(what=what, subject=on, ok=False, reading=self._say(facts), **_by(facts))
        was_observed = self._was_observed(code)
        reading = "no longer seen" if was_observed else "could not be read"
        return Check(what=what, subject=on, ok=True if was_observed else None, reading=reading)

    def _alarm_check(self, line: RecoveryCondition) -> Check:
        what = expectation(line, "", self.alarm)
        alarm_facts = [
            s
            for s in self.evidence_set.with_code(*ALARM_STATES)
            if self.alarm in (s.subject.name, s.observation.attributes.get("alarm"))
        ]
        if not alarm_facts:
            return Check(what=what, about="alarm", ok=None, reading="its state could not be read")
        newest = max(alarm_facts, key=lambda s: s.as_of)
        ok = {"ok": True, "firing": False}.get(ALARM_STATES[newest.code])
        return Check(what=what, about="alarm", ok=ok, reading=self._say([newest]), evidence=newest.evidence)

    def _was_observed(self, code: str) -> bool:
        """Whether anything was heard of the subject in this look, and nothing of it was held back; nor by what told
        `code` earlier."""
        tools = {
            e.tool
            for e in self.earlier.evidence_set.evidence
            if e.answer and code in {o.code for o in e.answer.observations}
        }
        if any(e.is_transient for e in self.evidence_set.evidence if e.tool in tools):
            return False
        names = {k.name for k in self.view.same}
        again = self._calls_that_told(code)
        about = [
            e
            for e in self.evidence_set.evidence
            if str(e.arguments.get("name", "")) in names
            or (e.answer and any(o.subject.key in self.view.same for o in e.answer.observations))
            or _call(e) in again
        ]
        gaps = [c for e, c in self.evidence_set.gaps() if e in about and c.state in ("denied", "unavailable")]
        away = any(e.is_transient for e in about)
        return any(e.answer is not None for e in about) and not gaps and not away

    def _calls_that_told(self, code: str) -> set[bytes]:
        """The calls that told `code` of the subject earlier. Asked again, the same call sees whether it is still so,
        even where it has nothing more to say of the subject, as of a policy that blocks nothing any more."""
        return {
            _call(e)
            for e in self.earlier.evidence_set.evidence
            if e.answer and any(o.code == code and o.subject.key in self.view.same for o in e.answer.observations)
        }

    def _stale(self, observed_fact: ObservedFact) -> bool:
        """Facts of before the write: their last time lies before it, or the restart count has not moved since. A log
        that fell silent says no more what it said a moment after the write."""
        if observed_fact.code in recency.CALM:
            return False
        when = recency.last_seen(observed_fact.observation)
        if observed_fact.code in recency.PAST | recency.REPORTS and when is not None:
            return when <= self.since or recency.fell_silent(
                observed_fact.observation, self.evidence_set.last_read(observed_fact)
            )
        if observed_fact.code not in recency.PAST:
            return False
        container = observed_fact.observation.attributes.get("container")
        restarts = observed_fact.observation.attributes.get("restarts")
        return restarts is not None and any(
            old.subject.key == observed_fact.subject.key
            and old.observation.attributes.get("container") == container
            and old.observation.attributes.get("restarts") == restarts
            for old in self.earlier.evidence_set.with_code(observed_fact.code)
        )

    def worse(self) -> list[str]:
        """Trouble that was not there before: on other subjects, or of a new kind on this one."""
        topology = self.view.topology
        known_troubles = {(s.code, topology.workload(s.subject.key)) for s in self.earlier.evidence_set.facts}
        sentences: list[str] = []
        for fact in self.evidence_set.facts:
            place: SubjectKey = topology.workload(fact.subject.key)
            wrong = fact.code in recency.ABNORMAL or OBSERVATIONS[fact.code].counts_against_write
            own = fact.subject.key in self.view.same or fact.subject.kind == "Service"
            if (
                not wrong
                or self._stale(fact)
                or (fact.code, place) in known_troubles
                or (own and fact.code in recency.PASSING)
            ):
                continue
            if fact.code in recency.ALARM_FIRING and self.alarm in (
                fact.subject.name,
                fact.observation.attributes.get("alarm"),
            ):
                continue
            sentences.append(f"{fact.subject.short}: {OBSERVATIONS[fact.code].meaning}")
        return list(dict.fromkeys(sentences))

    @staticmethod
    def _say(observed_facts: Sequence[ObservedFact]) -> str:
        return sentence(observed_facts[0].observation, TimeFormat()) if observed_facts else ""


def _call(evidence: Evidence) -> bytes:
    """The same for the same question at another time."""
    return canonical(evidence.tool, {name: value for name, value in evidence.arguments.items() if name not in WINDOW})


def _by(observed_facts: Sequence[ObservedFact]) -> dict[str, str]:
    return {"evidence": observed_facts[0].evidence} if observed_facts else {}


def _of_execution(status: str, observed_fact: ObservedFact) -> str:
    attributes = observed_fact.observation.attributes
    stopped_by, outputs = attributes.get("stopped_by"), attributes.get("outputs")
    parts = [f"status {status}", *([f"stopped by the alarm {stopped_by}"] if stopped_by else [])]
    return "; ".join([*parts, *(outputs if isinstance(outputs, list) else [])])


def automation_checks(evidence_set: EvidenceSet) -> tuple[bool, list[Check]]:
    """Whether a runbook ended badly, and its state as a check: nothing counts as recovered while it runs."""
    checks: list[Check] = []
    failed = False
    for observed_fact in evidence_set.with_code("automation.ended", "automation.under_way"):
        status = str(observed_fact.observation.attributes.get("status", ""))
        has_ended = observed_fact.code == "automation.ended"
        ok = status in ENDED_WELL if has_ended else False
        failed = failed or (has_ended and not ok)
        checks.append(
            Check(
                what="the runbook has finished",
                about="runbook",
                ok=ok,
                reading=_of_execution(status, observed_fact),
                evidence=observed_fact.evidence,
            )
        )
    return failed, checks
