"""What a class file may say. Closed: a word that is not known here is an error with the file's name.

What its texts may name and how is told in `sentences`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.domain.action import OwnerRole
from sre_agent.failures.sentences import GuardedClause, Parts, Scalar

WEIGHTS = (10, 15, 20, 25, 30, 40)
RUNBOOKS_AGENT, FIND_RUNBOOKS = "runbooks", "find_runbooks"  # who is asked for the runbook of a remedy, and with what


def _known_code(code: str) -> str:
    if code not in OBSERVATIONS:
        raise ValueError(f"observation {code!r} is not in the table")
    return code


def _check_band(weight: int) -> int:
    if weight not in WEIGHTS:
        raise ValueError(f"a weight is one of {', '.join(map(str, WEIGHTS))}, not {weight}")
    return weight


Code = Annotated[str, AfterValidator(_known_code)]
Weight = Annotated[int, AfterValidator(_check_band)]

# Where, seen from the subject of a hypothesis. `same`: the subject, what it owns and its logs. `related`: what stands
# next to it in any relation as well. `any`: anywhere. `callers`, `callees`: workloads along calls. `services`: those
# before it. `routed`: Ingresses and webhooks before these. `hosted`: of a Node, what runs on it; `nodes`: where its
# pods run. `references`: what its template names; `referrers`: whose template names it. `guards`: policies, budgets,
# quotas and autoscalers over it; `guarded`: what such a one is over. `namespace`: all in its namespace. `asked`: the
# subject itself, where the signal names it; `unreachable`: where it says of it as well that it cannot be reached;
# `slow`, `erring`, `uncertified`: the subject and the Services before it, where the signal says of one of these that it
# is slow, that its requests fail, or that its certificate is not accepted.
Place = Literal[
    "same", "related", "any", "callers", "callees", "services", "routed", "hosted", "nodes",
    "references", "referrers", "guards", "guarded", "namespace", "asked",
    "unreachable", "slow", "erring", "uncertified",
]  # fmt: skip


# As `field` of the observation that tells another value.
TemplateField = Literal[
    "image",
    "registry",
    "command",
    "args",
    "env",
    "probe",
    "port",
    "resources",
    "node_selector",
    "reference",
    "security",
    "pull_secret",
]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Entry):
    """An observation, what its attributes have to be, where it is seen, and how many workloads have to notice it."""

    observation: Code
    where: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    on: Place = "same"
    noticing: int = Field(1, ge=1, description="one workload may have reasons of its own, several hardly have the same")


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


# A code alone is looked for on the subject, then on what is related; a condition where it says.
Facts = Annotated[list[Code | Condition], BeforeValidator(_as_list)]


class Requirement(_Entry):
    """Holds when every one of `all`, one of `any` (where there are some) and none of `none` is seen."""

    all: list[Condition] = Field(default_factory=list)
    any: list[Condition] = Field(default_factory=list)
    none: list[Condition] = Field(default_factory=list)


class WeightedCondition(Condition):
    """A condition with what it weighs. `decisive`: seeing it is proof enough to be sure; only where `proves` holds.

    `subject_kinds` limits the kinds of the hypothesis' subject for which it counts; empty: all of the class.
    """

    weight: Weight
    decisive: bool = False
    proves: Requirement = Requirement()
    subject_kinds: list[str] = Field(default_factory=list)
    note: str = ""


class Effect(_Entry):
    """What this class brings about and where: an observation (by default on anything related), or a group of effects
    (by default on the same subject), by which it explains every class that shows as this group."""

    group: str = ""
    on: Place | Literal[""] = ""
    observation: Code | Literal[""] = ""
    when: Requirement = Requirement()

    @model_validator(mode="after")
    def _one(self) -> Effect:
        if bool(self.group) == bool(self.observation):
            raise ValueError("an effect is either a group or an observation")
        return self

    @property
    def place(self) -> Place:
        return self.on or ("same" if self.group else "related")


class FollowUp(GuardedClause):
    """A read call that would decide something: which specialist makes it, with which arguments, when it is worth it.

    `gives_reason`: without it the class only repeats what the alarm says, so it is not sure where the call is refused.
    """

    agent: str
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    decides: str
    gives_reason: bool = False


class Remedy(_Entry):
    """A write call, the safest first in its list.

    `runbook_tag` is for a remedy that a runbook does: the failure class for which one has to be tagged. It is searched
    for where everything else that the remedy `requires` is seen, and gets those of `parameters` that it declares.
    `subject_kinds` limits the kinds it can be applied to; empty: all of the class. `without_precedent`: nothing shows
    that what it makes ever was that way, so a person is asked whatever the policies allow.
    """

    name: str
    server: str
    tool: str
    arguments: dict[str, Any]
    parameters: dict[str, str] = Field(default_factory=dict)
    subject_kinds: list[str] = Field(default_factory=list)
    requires: Requirement = Requirement()
    purpose: str
    reversible: bool
    without_precedent: bool = False
    runbook_tag: str = ""


class HandChange(GuardedClause):
    """A change that a person makes, as the words after `kubectl`; what only they can know stands there in capitals.
    `input` is what the command reads from its standard input."""

    purpose: str
    command: list[str] = Field(min_length=1)
    input: str = ""


class RecoveryCondition(_Entry):
    """Something that must be seen, or must not be seen any more, for the system to count as recovered. `subject_kinds`
    limits the kinds of the cause's subject for which it can be seen; empty: all of the class."""

    present: Code | Literal[""] = ""
    absent: Code | Literal[""] = ""
    on: Literal["subject", "related", "alarm"] = "subject"
    subject_kinds: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one(self) -> RecoveryCondition:
        if bool(self.present) == bool(self.absent):
            raise ValueError("a line of recovered_when says either present or absent")
        return self


RENAMED_KEYS: Final = {
    "speaks_for": "supports",
    "speaks_against": "contradicts",
    "ask": "follow_up",
    "healed": "recovered_when",
}


class FailureClass(_Entry):
    """One kind of failure. `subject_kinds` are the kinds that its cause sits on; times are seconds."""

    name: str = Field(alias="class")
    title: str
    area: str = Field("", description="what breaks: image, crash, probes, scheduling, node, network, storage, …")
    subject_kinds: list[str] = Field(min_length=1)
    change: bool = Field(
        False,
        description="the cause is a change that it names (rollout.started, change.made): it must precede its effects",
    )
    harmless: bool = Field(False, description="nothing is broken by it: a run that finds no more ends without a fault")
    requires: Requirement = Requirement()
    supports: list[WeightedCondition] = Field(min_length=1)
    contradicts: list[WeightedCondition] = Field(default_factory=list)
    shows_as: list[str] = Field(
        default_factory=list, description="the groups of effects that it is one of, where another cause brings it about"
    )
    effects: list[Effect] = Field(default_factory=list)
    follow_up: list[FollowUp] = Field(default_factory=list)
    facts: dict[str, Facts] = Field(
        default_factory=dict, description="names for observations in texts: the first of a list that is seen"
    )
    statement: Parts = Field(min_length=1)
    remedies: list[Remedy] = Field(default_factory=list)
    corrected_by: list[TemplateField] = Field(
        default_factory=list,
        description="the fields of a pod template that can be wrong: where the right value is evident, it is proposed",
    )
    recovered_when: list[RecoveryCondition] = Field(min_length=1)
    deadline: int = Field(300, gt=0)
    poll: int = Field(15, gt=0)
    settle: int = Field(30, ge=0, description="how long after the write nothing counts as recovered yet")
    by_hand: list[HandChange] = Field(
        default_factory=list, description="changes that no tool here makes, with the command for a person"
    )
    owner: OwnerRole | Literal[""] = Field("", description="who acts where no remedy does")
    unfixable_note: str = Field("", description="why there is none that does, and what its owner has to do")
    _file: str = PrivateAttr("")

    @model_validator(mode="before")
    @classmethod
    def _with_present_keys(cls, value: Any) -> Any:
        for old, new in RENAMED_KEYS.items():
            if isinstance(value, dict) and old in value:
                raise ValueError(f"the key {old!r} is called {new!r} now; rename it in this file")
        return value

    def model_post_init(self, context: Any, /) -> None:
        """The context of the validation is where the file stands."""
        self._file = str(context or "of no file")

    def recovery_of(self, kind: str) -> list[RecoveryCondition]:
        """What shows that a subject of this kind has recovered."""
        return [line for line in self.recovered_when if not line.subject_kinds or kind in line.subject_kinds]

    def fault(self, where: str, what: object) -> str:
        """A sentence about what is wrong with the file of this class."""
        return f"The failure class {self.name} ({self._file}), {where}: {what}."

    def conditions(self) -> list[Condition]:
        """Every condition that this class sets or weighs."""
        requirements = [self.requires, *(e.when for e in self.effects), *(r.requires for r in self.remedies)]
        return [*(c for r in requirements for c in (*r.all, *r.any, *r.none)), *self.supports, *self.contradicts]

    def named_conditions(self) -> list[Condition]:
        """The conditions behind the names of facts in its texts."""
        return [source for sources in self.facts.values() for source in sources if isinstance(source, Condition)]

    def codes(self) -> set[str]:
        """Every observation that this class names."""
        codes = {c.observation for c in self.conditions()}
        codes |= {e.observation for e in self.effects} | {h.present or h.absent for h in self.recovered_when}
        return codes - {""}
