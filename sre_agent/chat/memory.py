"""What the names of a question lead to, and what of a conversation is remembered for the next ones."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.refusals import LASTING, Kind, Refusal
from sre_agent.chat.query import THAT_ONE, ChatQuery
from sre_agent.domain.finding import Evidence
from sre_agent.entities.lookup import AbsentEntity, Lookup, UnavailableEntity


@dataclass(frozen=True)
class PendingDecision:
    """What a person was shown and asked to decide: `action_digest` names it, `identity` the person."""

    incident: str
    choice: Literal["approve", "reject"]
    action_digest: str
    identity: str
    comment: str = ""


@dataclass
class ConversationMemory:
    """What the answers before were about: the newest first; whether it was told what can be asked, and whether AWS did
    not answer. `holder` is the one thing that all of `subjects` belong to, as pods to their workload. `results` is what
    the last answer told of its subject, as whom it calls: `that one` is one of these. `question` is the last that was
    answered, `choices` what it left to choose from. `incident` is the one that was last spoken of, as
    long as nothing else is; `decision` what the next sentence may decide."""

    subjects: list[Subject] = field(default_factory=list)
    holder: Subject | None = None
    others: list[Subject] = field(default_factory=list)
    results: list[Subject] = field(default_factory=list)
    namespace: str = ""
    explained: bool = False
    cloud_is_silent: bool = False
    question: ChatQuery | None = None
    choices: tuple[str, ...] = ()
    incident: str = ""
    decision: PendingDecision | None = None

    def remember(self, subjects: Sequence[Subject], namespace: str = "", holder: Subject | None = None) -> None:
        self.results = []
        if subjects or holder is not None:
            self.holder = holder
            subjects = subjects or [holder] if holder is not None else subjects
            self.incident = self.incident if set(subjects) <= set(self.subjects) else ""
            new = list(dict.fromkeys(subjects))
            self.others = [s for s in [*self.subjects, *self.others] if s not in new][:10]
            self.subjects = new
            self.namespace = new[0].namespace or self.namespace
        if namespace:
            self.namespace = namespace

    def pointed_to(self, kind: str) -> list[Subject]:
        """Of what the last answer told: `that one`, or what is of the kind where the answer was about no such thing."""
        if kind == THAT_ONE:
            return self.results
        return [one for one in self.results if one.kind == kind and all(s.kind != kind for s in self.subjects)]


def unread(evidence: Evidence, name: str = "", absent: Container[Kind] = ()) -> AbsentEntity | UnavailableEntity:
    """What a lookup that brought no answer comes to; kinds of refusal in `absent` say that there is no such thing."""
    refusal = evidence.refusal or Refusal(kind="unavailable", wrong=f"{name} could not be looked up.")
    return (
        AbsentEntity(says=refusal.sentence) if refusal.kind in absent else UnavailableEntity(refusal, refusal.sentence)
    )


def is_out_of_reach(lookup: Lookup) -> bool:
    """Whether it could not be looked up now, where it can be as a rule."""
    return isinstance(lookup, UnavailableEntity) and lookup.refusal.code not in LASTING
