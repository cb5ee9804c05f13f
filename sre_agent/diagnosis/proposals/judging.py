"""The engine's diagnosis with what of a model's answer holds: a proposal, doubts, what it misses."""

from __future__ import annotations

import re
from typing import Final

from sre_agent.diagnosis import remedies, statements
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.proposals.answer import ProposalReply, ProposedCause
from sre_agent.diagnosis.proposals.doubting import doubted
from sre_agent.diagnosis.proposals.drafting import WEIGHT, Cure, draft, rules
from sre_agent.diagnosis.proposals.plain import plain
from sre_agent.diagnosis.proposals.proof import DroppedError, Proof
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.diagnosis import Diagnosis, Proposal, Term
from sre_agent.failures import Catalogue, FailureClass, content

MOST: Final = 0.5  # a proposal is never surer than that
EACH: Final = 0.1  # for each kind of fact that it rests on
CITED, MISSING = 8, 3
NAME, TITLE, MECHANISM, SENTENCE = 40, 90, 420, 200  # characters
PROPOSED: Final = "Proposed by the model, not proven: "
_BETWEEN: Final = re.compile(r"[^a-z0-9]+")


def judge(
    diagnosis: Diagnosis, proposal_reply: ProposalReply, proof: Proof, catalogue: Catalogue, *, model: str, prompt: str
) -> tuple[Diagnosis, list[str]]:
    """The diagnosis with what holds, and a sentence for each thing that does not. The engine's verdict stays; only
    `inconclusive` becomes `proposal_reply` where something can be done about the proposed cause."""
    diagnosis, notes = doubted(diagnosis, proposal_reply.doubts, proof)
    if proposal_reply.cause is not None:
        try:
            proposal = _Judge(proposal_reply.cause, proof, catalogue, notes).proposal(model, prompt)
        except DroppedError as why:
            notes.append(f"A cause that the model proposed was dropped: {why}.")
        else:
            diagnosis = _led_by(proposal, diagnosis, proof, catalogue)
    missing = [plain(text, SENTENCE) for text in proposal_reply.missing[:MISSING]]
    texts = [text for text in missing if text and proof.shows(text, proof.evidence, needs_name=True)]
    suggestions = [f"The model would look for this: {text}." for text in texts]
    return diagnosis.model_copy(update={"missing": [*diagnosis.missing, *suggestions]}), notes


def draft_of(diagnosis: Diagnosis) -> FailureClass | None:
    """The class that the proposed cause would be; None without a proposal."""
    return FailureClass.model_validate(diagnosis.proposal.draft) if diagnosis.proposal is not None else None


class _Judge:
    """One proposed cause before the evidence. What is lost on the way without being the end of it goes to `notes`."""

    def __init__(self, cause: ProposedCause, proof: Proof, catalogue: Catalogue, notes: list[str]) -> None:
        self._cause, self._proof, self._catalogue, self._notes = cause, proof, catalogue, notes

    def proposal(self, model: str, prompt: str) -> Proposal:
        """Raises DroppedError."""
        cause, proof = self._cause, self._proof
        name, title, mechanism = self._new_name(), self._title(), plain(cause.mechanism, MECHANISM)
        view, speaking = proof.place(cause.subject, proof.cited(cause.evidence)[:CITED])
        if not mechanism:
            raise DroppedError("it does not say how it leads to what is seen")
        telling = proof.telling(view, speaking)
        if not proof.shows(f"{name.replace('_', ' ')}. {title}. {mechanism}", speaking, view.subject):
            raise DroppedError("it names what the evidence that it cites does not show")
        cure = self._cure(view)
        speaking_for = rules(telling, view)
        entry = draft(name, title, mechanism, view, [condition for condition, _ in speaking_for], cure)
        return Proposal(
            name=name,
            title=title,
            subject=view.subject,
            statement=f"{title} ({view.subject.short}). {mechanism}.",
            confidence=round(min(MOST, EACH * len(speaking_for)), 2),
            terms=[_term(observed_fact) for _, observed_fact in speaking_for],
            evidence=[item.id for item in speaking],
            remedy=f"{cure[0].name}/{cure[1].name}" if cure is not None else "",
            draft=content(entry),
            model=model,
            prompt=prompt,
        )

    def _new_name(self) -> str:
        name = _BETWEEN.sub("_", self._cause.name.lower())[:NAME].strip("_")
        by_title = {_BETWEEN.sub("_", entry.title.lower()): entry.name for entry in self._catalogue}
        title = _BETWEEN.sub("_", plain(self._cause.title, TITLE).lower())
        leans = name if name in self._catalogue else by_title.get(title, "")
        if leans:
            raise DroppedError(f"it is {leans}, a class of the catalogue that the rules have weighed")
        if not name[:1].isalpha():
            raise DroppedError("it has no name")
        return name

    def _title(self) -> str:
        """No template: a class file's title is told as it stands."""
        title = plain(self._cause.title, TITLE).replace("{", "(").replace("}", ")")
        if not title:
            raise DroppedError("it has no title")
        return title

    def _cure(self, view: SubjectView) -> Cure | None:
        """The named remedy, where it is one and can be applied to such a subject."""
        if not self._cause.remedy.strip():
            return None
        of, _, name = self._cause.remedy.strip().partition("/")
        for kind in self._catalogue:
            for remedy in kind.remedies if kind.name == of else []:
                if remedy.name == name and view.subject.kind in (remedy.subject_kinds or kind.subject_kinds):
                    return kind, remedy
        self._notes.append("The remedy that the model named for its cause is none that fits, and is left out.")
        return None


def _led_by(proposal: Proposal, diagnosis: Diagnosis, proof: Proof, catalogue: Catalogue) -> Diagnosis:
    """Beside a believed cause the proposal is only told; where there is none it leads."""
    draft_diagnosis = diagnosis.model_copy(update={"proposal": proposal})
    entry = draft_of(draft_diagnosis)
    if diagnosis.verdict != "inconclusive" or entry is None:
        return draft_diagnosis
    options, _ = remedies.options(catalogue.plus(entry), proposal.hypothesis, proof.evidence)
    return draft_diagnosis.model_copy(
        update={
            "verdict": "proposed" if options else "inconclusive",
            "statement": statements.within(f"{PROPOSED}{proposal.statement}", f" {diagnosis.statement}"),
            "evidence": list(dict.fromkeys([*proposal.evidence, *diagnosis.evidence])),
        }
    )


def _term(observed_fact: ObservedFact) -> Term:
    """As the draft weighs it."""
    return Term(
        observation=observed_fact.code,
        subject=observed_fact.subject.short,
        weight=WEIGHT,
        evidence=observed_fact.evidence,
        excerpt=observed_fact.observation.excerpt,
    )
