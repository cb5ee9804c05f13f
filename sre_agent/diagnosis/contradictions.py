"""Why something is no cause must never deny what the believed cause says.

A reason denies facts: codes of which it says that nothing shows them, and with a good sign the bad ones of its topics.
Where the cause rests on such a fact about the same workload, or on one of the same topic, the reason is put in other
words, or left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mcp_servers.contract.facts import SubjectKey
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.record import WELL
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.draft import Draft
from sre_agent.domain.diagnosis import RuledOut


@dataclass(frozen=True)
class Rejection:
    """What was weighed and is no cause. `denies` are the codes that its reason denies of the workload `about`;
    `otherwise` is a reason that denies nothing, where there is one."""

    out: RuledOut
    about: SubjectKey
    denies: tuple[str, ...] = ()
    otherwise: str = ""

    def beside(self, stated_facts: Iterable[tuple[str, str, SubjectKey]]) -> RuledOut | None:
        """As it is told beside a cause that states these facts (code, of what, on what); None: it would deny one."""
        if not contradicts(self.denies, {code for code, _, on in stated_facts if on == self.about}):
            return self.out
        return self.out.model_copy(update={"why": self.otherwise}) if self.otherwise else None


def contradicts(denied: Iterable[str], stated_codes: Iterable[str]) -> bool:
    """Whether one of the denied codes is stated, or shares a topic with one that is."""
    stated_codes = set(stated_codes)
    topics = {topic for code in stated_codes for topic in OBSERVATIONS[code].topics}
    return any(code in stated_codes or topics.intersection(OBSERVATIONS[code].topics) for code in denied)


def denied_by(code: str) -> list[str]:
    """The codes that a good sign denies: those of trouble in its topics."""
    entry = OBSERVATIONS[code]
    if entry.polarity != WELL:
        return []
    return [o.code for o in OBSERVATIONS.values() if o.polarity != WELL and set(o.topics) & set(entry.topics)]


def rejection_of(draft: Draft) -> Rejection | None:
    """Why a draft is no cause; None where it may be one."""
    denies: list[str] = []
    if draft.impossible:
        why = draft.impossible
        denies = [observed_fact.code for observed_fact in draft.supporting if observed_fact.code in recency.CHANGES]
    elif draft.explained_by is not None:
        why = f"follows from {draft.explained_by.kind.name} on {draft.explained_by.subject.short}"
    elif draft.score <= 0:
        against = [term.observation for term in draft.terms if term.weight < 0]
        why = f"the evidence against it weighs more: {', '.join(against)}"
        denies = [code for sign in against for code in denied_by(sign)]
    else:
        return None
    out = RuledOut(failure_class=draft.kind.name, subject=draft.subject.short, why=why)
    return Rejection(out, draft.view.topology.workload(draft.subject.key), tuple(denies))
