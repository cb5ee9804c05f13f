"""One weighing taken apart, so that each part can be read: the verdict, its causes, what is ruled out, the gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import abduction, recency, statements
from sre_agent.diagnosis import health as healthy
from sre_agent.diagnosis import hypotheses as weighed
from sre_agent.diagnosis.call_path import CallPath, is_hearsay
from sre_agent.diagnosis.confidence import confidence, is_decided
from sre_agent.diagnosis.contradictions import Rejection, rejection_of
from sre_agent.diagnosis.corrections import corrections
from sre_agent.diagnosis.draft import Draft
from sre_agent.diagnosis.evidence_set import EvidenceSet, ObservedFact
from sre_agent.diagnosis.ties import ClaimTies, Tie
from sre_agent.diagnosis.timing import is_no_news, is_older_news, may_go_on
from sre_agent.diagnosis.topology import Keys
from sre_agent.diagnosis.unseen import is_reason_unread, is_unread, unseen
from sre_agent.diagnosis.visible_trouble import VisibleTrouble
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis, RuledOut

SURE_ENOUGH = 0.5  # below it a leading hypothesis is no cause
TROUBLE = recency.ABNORMAL | recency.PAST
MEASURED = frozenset(code for code, entry in OBSERVATIONS.items() if entry.metric_in)
OTHERS = 5
ELSEWHERE = 10
LIKELY = 30  # points from which a hypothesis is worth telling with its doubt
FAR = 2  # times the score of the next one
EXPLAINS = 5  # points for each thing wrong with the focus that a hypothesis explains


class Case:
    """`found` is everything weighed, `rivals` what nothing explains, `impossible` what cannot be."""

    def __init__(
        self,
        evidence_set: EvidenceSet,
        focus: list[Subject],
        path: CallPath,
        near: Keys,
        drafts: list[Draft],
        rivals: list[Draft],
        impossible: list[Rejection],
        health: healthy.Health,
        started_at: datetime | None,
        unmet: Sequence[str] = (),
    ) -> None:
        self.evidence_set, self.focus, self.own, self.near = evidence_set, focus, set(path.own), near
        self.path = path
        self.hypotheses, self.rivals, self.impossible = drafts, rivals, impossible
        self.health, self.started_at, self.unmet = health, started_at, unmet
        self._coverage: dict[int, abduction.Facts] = {}
        self._faults: list[str] = []  # of class files, met while telling
        self._ties = ClaimTies(health.checks, path, self._covered_facts)

    def diagnosis(self) -> Diagnosis:
        current = sorted((d for d in self.rivals if d.current and not d.kind.harmless), key=self._weight)
        past = [
            d for d in self.rivals if not d.current and d.is_credible and any(s.code in TROUBLE for s in d.supporting)
        ]
        verdict, leading = self._verdict(current, past)
        further = self._further(leading) if verdict == "cause" and leading else []
        missing = self._missing()
        hypothesis = self._hypothesis(leading) if leading else None
        also = [self._hypothesis(d) for d in further]
        others = [self._hypothesis(d) for d in self.rivals if d is not leading and d not in further][:OTHERS]
        return Diagnosis(
            verdict=verdict,
            hypothesis=hypothesis,
            also=also,
            others=others,
            ruled_out=self._ruled_out([*([leading] if leading else []), *further]),
            missing=list(dict.fromkeys([*missing, *self._faults])),
            elsewhere=self._elsewhere()[:ELSEWHERE],
            statement=self._statement(verdict, leading, hypothesis, also, missing),
            evidence=self._evidence(verdict, leading, [h for h in (hypothesis, *also) if h is not None]),
        )

    def decided_causes(self, diagnosis: Diagnosis) -> list[Draft]:
        """The causes, where they are so sure that only what their remedies need is still worth a question: and no thing
        that the signal names has trouble of which they explain nothing."""
        keys = {cause.key for cause in diagnosis.causes} if is_decided(diagnosis) else set()
        causes = [draft for draft in self.rivals if f"{draft.kind.name} {draft.subject.short}" in keys]
        return causes if causes and self._explain_all_that_is_felt(causes) else []

    def _explain_all_that_is_felt(self, causes: Sequence[Draft]) -> bool:
        """Whether each thing in trouble has some that they explain. What is measured of a Service is what the workloads
        behind it answer: it is theirs."""
        topology = causes[0].view.topology
        subjects = {about for cause in causes for _, _, about in self._covered_facts(cause)}
        fronts = topology.services({key for about in subjects for key in topology.workload_tree(about)})
        for observed_fact in self._felt_now():
            about = topology.workload(observed_fact.subject.key)
            if about not in subjects and not (observed_fact.code in MEASURED and about in fronts):
                return False
        return True

    def _verdict(
        self, current: list[Draft], past: list[Draft]
    ) -> tuple[Literal["cause", "no_fault", "recovered", "inconclusive"], Draft | None]:
        if (
            current
            and current[0].is_credible
            and self._confidence(current[0]) >= SURE_ENOUGH
            and self._is_felt(current[0])
        ):
            return "cause", current[0]
        if harmless := self._harmless(current):
            return "no_fault", harmless
        if self.health.well and not any(map(may_go_on, current)):
            was_wrong = bool(past or self.health.history)
            return ("recovered" if was_wrong else "no_fault"), (past[0] if past else None)
        return "inconclusive", current[0] if current else None

    def _harmless(self, current: list[Draft]) -> Draft | None:
        """What explains all that is felt without anything being broken, where nothing else is believed."""
        if any(d.is_credible for d in current) or not self.health.proof:
            return None
        for draft in self.rivals:
            if draft.kind.harmless and draft.is_credible and draft.decisive:
                felt_facts = {abduction.fact(draft, observed_fact) for observed_fact in self._felt_now()}
                own = draft.subject.short
                others = [one for one in self.health.against if one.about is None or one.about.short != own]
                if felt_facts <= self._covered_facts(draft) and not others:
                    return draft
        return None

    def _weight(self, draft: Draft) -> tuple[bool, bool, float, str, str]:
        """The order of those that may lead: near before aside, what is tied to the signal's claim before what is not,
        then by what it scores and what it would explain."""
        points = draft.score + EXPLAINS * self._explains(draft)
        return draft.unrelated, self._is_untied(draft), -points, draft.kind.name, draft.subject.short

    def _is_untied(self, draft: Draft) -> bool:
        """Whether nothing ties it to what the signal says, in place or in time."""
        is_beside = draft.unrelated or (draft.only_configured and self.path.complains_of_no_call)
        if is_beside and not self._explains(draft):
            return True
        if self._ties.of(draft) is Tie.UNTIED or is_no_news(draft, self.started_at):
            return True
        covered_facts = self._covered_facts(draft)
        others = [one for one in self.path.start_reports if abduction.fact(draft, one) not in covered_facts]
        return is_older_news(draft, others)

    def _explains(self, draft: Draft) -> int:
        """How much of what is wrong with the focus follows from it."""
        return len(self._covered_facts(draft) & {abduction.fact(draft, s) for s in self._felt_now()})

    def _covered_facts(self, draft: Draft) -> abduction.Facts:
        if id(draft) not in self._coverage:
            self._coverage[id(draft)] = abduction.covered_facts(draft, self.hypotheses)
        return self._coverage[id(draft)]

    def _further(self, leading: Draft) -> list[Draft]:
        return abduction.further(leading, self.rivals, self.hypotheses, self._felt_now())[:OTHERS]

    def _felt_now(self) -> list[ObservedFact]:
        """What is wrong now with the focus itself, as seen and as its own logs keep saying."""
        log_reports = [
            s for s in self.evidence_set.facts if s.code in recency.FROM_LOGS and recency.insists(s.observation)
        ]
        return [
            s
            for s in [
                *self._abnormal(),
                *(s for s in log_reports if s.code in recency.REPORTS and self.evidence_set.current(s)),
            ]
            if s.subject.key in self.own
        ]

    def _is_felt(self, draft: Draft) -> bool:
        """Whether the focus has any trouble that a cause elsewhere could explain."""
        if not draft.unrelated:
            return True
        return bool(self._felt_now())

    def _confidence(self, draft: Draft) -> float:
        is_untied = self._is_untied(draft)
        others = [
            max(d.score, draft.score) if self._is_as_likely(d, draft) else d.score
            for d in self.rivals
            if d is not draft
            and d.current >= draft.current
            and d.unrelated <= draft.unrelated
            and (is_untied or not self._is_untied(d))
            and not abduction.independent(draft, d, self.hypotheses)
        ]
        return confidence(
            draft.score,
            max(others, default=0),
            decisive=draft.decisive,
            has_open_rival=self._ties.of(draft) is Tie.OPEN or is_hearsay(draft) or is_reason_unread(draft),
            is_untied=is_untied,
            is_unread=is_unread(draft),
        )

    def _is_as_likely(self, rival: Draft, draft: Draft) -> bool:
        """Whether only the settings of a caller who names nobody lead to both, each broken by itself: how surely it is
        broken says nothing about which of them is called."""
        if not (rival.only_configured and draft.only_configured and rival.current and rival.is_credible):
            return False
        return self.path.are_apart(rival.subject.key, draft.subject.key)

    def _hypothesis(self, draft: Draft) -> Hypothesis:
        statement = statements.of_cause(draft, started_at=self.started_at, own=self.own)
        self._faults += [statement.fault] if statement.fault else []
        return Hypothesis(
            failure_class=draft.kind.name,
            title=draft.kind.title,
            subject=draft.subject,
            score=draft.score,
            confidence=self._confidence(draft),
            decisive=draft.decisive,
            terms=list(draft.terms),
            explains=[
                *weighed.symptoms(draft),
                *(f"{d.kind.name} {d.subject.short}" for d in abduction.followers(draft, self.hypotheses)),
            ],
            statement=statement.text,
            evidence=list(statement.evidence),
            since=draft.since,
            corrections=corrections(draft),
        )

    def _statement(
        self,
        verdict: str,
        leading: Draft | None,
        hypothesis: Hypothesis | None,
        also: list[Hypothesis],
        missing: list[str],
    ) -> str:
        if verdict == "cause" and hypothesis is not None:
            return statements.of_causes([hypothesis, *also])
        if hypothesis is not None and leading is not None and leading.kind.harmless:
            return statements.of_harmless(hypothesis, self.focus, self.health)
        if self.health.is_heartbeat:
            return statements.of_heartbeat(self.health.checks)
        if verdict in ("no_fault", "recovered"):
            return statements.of_health(self.focus, self.health, leading)
        if not self.focus and self.unmet:
            return statements.of_nothing(self.unmet)
        states = [s for s in self._abnormal() if s.subject.key in self.near]
        is_seen = bool(states or self.path.last_words)
        own_words = self.path.own_last_words
        if self.health.unanswered and self.focus and not is_seen and leading is None:
            return statements.of_claims(self.focus, self.health.unanswered, self.health.proof, missing, own_words)
        likely = hypothesis if self._leads_by_far(leading) else None
        against = missing or [one.text for one in self.health.against]
        leads = [leading, *(d for d in self.rivals if self._is_as_likely(d, leading))] if leading else []
        trouble = VisibleTrouble(self.path, states, [*self.path.last_words, *own_words, *self.health.lasting_words])
        return statements.of_doubt(self.focus, trouble, leads, against, likely=likely)

    def _ruled_out(self, causes: list[Draft]) -> list[RuledOut]:
        """What is no cause and why, without a reason that denies what one of the causes says."""
        stated_facts = set().union(*(self._covered_facts(cause) for cause in causes))
        rejections = [*self.impossible, *(out for draft in self.hypotheses if (out := rejection_of(draft)) is not None)]
        return [entry for one in rejections if (entry := one.beside(stated_facts)) is not None]

    def _abnormal(self) -> list[ObservedFact]:
        return [
            s
            for s in self.evidence_set.facts
            if s.code in recency.ABNORMAL or (s.code in recency.PAST and self.evidence_set.current(s))
        ]

    def _elsewhere(self) -> list[str]:
        sentences = [statements.elsewhere(s) for s in self._abnormal() if s.subject.key not in self.near]
        return list(dict.fromkeys(sentences))

    def _missing(self) -> list[str]:
        """What could not be seen, one sentence each, what matters most first."""
        quantities = [check.claim.quantity for check in self.health.checks]
        return unseen(self.evidence_set, self.own, self.near, quantities)

    def _leads_by_far(self, leading: Draft | None) -> bool:
        """Whether it is worth telling with its doubt: nothing else comes near, and it is about the subjects."""
        if leading is None or leading.unrelated or leading.score < LIKELY or self._is_untied(leading):
            return False
        others = [d.score for d in self.rivals if d is not leading and d.current and not d.unrelated]
        return max(others, default=0) * FAR <= leading.score

    def _evidence(self, verdict: str, leading: Draft | None, hypotheses: list[Hypothesis]) -> list[EvidenceId]:
        if verdict in ("no_fault", "recovered"):
            observed_facts = [*self.health.proof, *self.health.history]
            return list(dict.fromkeys(s.evidence for s in observed_facts))
        if leading is None:
            claim_evidence = [s.evidence for check in self.health.unanswered for s in (*check.proof, *check.hints)]
            return list(
                dict.fromkeys([*claim_evidence, *(s.evidence for s in self._abnormal() if s.subject.key in self.near)])
            )
        weighed_by = [t.evidence for one in hypotheses for t in one.terms if t.evidence]
        return list(dict.fromkeys([*weighed_by, *(id_ for one in hypotheses for id_ in one.evidence)]))
