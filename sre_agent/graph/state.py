"""What a run remembers between steps: plain data and ledger ids, small enough to be written at every step.

Tool results live in the ledger. Typed nouns stand here as their JSON form;
`sre_agent.graph.state_values` reads and writes them, and nothing else does.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

GRAPH_VERSION = 2
FINDINGS_OF = {  # where the findings of each shipped specialist stand; those of any other are in `findings`
    "kubernetes": "k8s_findings",
    "metrics": "metrics_findings",
    "logs": "logs_findings",
    "runbooks": "runbooks_findings",
}
LISTS = ("claims", "ruled_out", "gaps", "trouble", "evidence")  # of a finding
Json = dict[str, Any]


def merge_finding(current: Json | None, new: Json | None) -> Json | None:
    """What a specialist brings in a later round is added to what it brought before."""
    if not current or not new or current["round"] == new["round"]:
        return new or current
    lists = {name: _join(current.get(name, []), new.get(name, [])) for name in LISTS if name in new or name in current}
    return {**current, **new, **lists, "seconds": current.get("seconds", 0.0) + new.get("seconds", 0.0)}


def merge_findings(current: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    """Findings by specialist, each merged as one is."""
    return {**current, **{agent: merge_finding(current.get(agent), finding) or {} for agent, finding in new.items()}}


def _join(current: list[Any], new: list[Any]) -> list[Any]:
    return [*current, *(item for item in new if item not in current)]


def add_remediations(current: list[Json], new: list[Json]) -> list[Json]:
    """Remediations in order; one per permit, so that a step that runs again does not count twice."""
    by_permit = {item["permit"]: item for item in [*current, *new]}
    return list(by_permit.values())


def add_notes(current: list[str], new: list[str]) -> list[str]:
    """What happened with the chat model, each once."""
    return _join(current, new)


def first_reason(current: str, new: str) -> str:
    """The first one stands."""
    return current or new


class RunState(TypedDict, total=False):
    """`*_findings` is what each shipped specialist found, `findings` what those of users did, by name. `messages` is
    what each agent concluded, in order."""

    incident_id: str
    incident_description: str
    intent: str
    said_well: bool  # the signal says that all is well: what is found is told, and nothing is done on it
    severity: str
    messages: Annotated[list[AnyMessage], add_messages]
    current_agent: str  # written by the supervisor alone
    status: str  # written by the supervisor alone

    subjects: list[str]
    alarm: Json | None
    alarm_parts: list[Json]  # of a composite alarm, the alarms that made it go off
    alarm_claims: list[Json]  # what the signal says to be wrong, as quantities
    alarm_identity: str  # a digest of the alarm and of the names that it leads to, by which it is recalled
    recurs: str  # the confirmed incident that this one may be, or is, again; empty: it is investigated from the start
    recurrence_over: bool  # what decided then did not decide now
    seen_before: list[Json]  # `SeenBefore`, the most alike first
    unsettled: bool  # a name of the signal led nowhere, and no other did: nothing else is taken for it
    started_at: str
    window: list[str]  # [start, end], RFC 3339
    gaps: list[str]
    round: int
    k8s_findings: Annotated[Json | None, merge_finding]
    metrics_findings: Annotated[Json | None, merge_finding]
    logs_findings: Annotated[Json | None, merge_finding]
    runbooks_findings: Annotated[Json | None, merge_finding]
    findings: Annotated[dict[str, Json], merge_findings]
    model_steps: int  # calls of a chat model one after another so far, as the supervisor plans them
    model_given_up: Annotated[str, first_reason]  # why it is asked nothing more for the investigation; empty: it is
    pointed: bool  # what it is about was found by what a model asked: nothing is done on it without approval
    is_description: bool  # a person described what it is about, without its name: nothing is done without approval
    routed: list[Json]  # `RoutedQuestion`s that it has sent to specialists
    model_notes: Annotated[list[str], add_notes]  # where it failed or went astray, for the report

    diagnosis: Json | None
    remediation_plan: Json | None
    policy_decision: Json | None
    question: Json | None  # `ApprovalQuestion`
    decision: Json | None
    permit: str
    allowed_by: str
    undoing: bool
    remediations: Annotated[list[Json], add_remediations]
    verification: Json | None
    verify_until: str
    wait_until: str
    wait_then: str  # the step after the wait: plan, gate or verify
    contended_since: str  # since when another incident is at work on the target
    held_since: str  # since when a limit holds the write back, empty where none does
    outcome: Json | None


class SpecialistTask(TypedDict):
    """What the supervisor sends to one specialist for one round: calls to make, or an open question.

    `question` is for a chat model, which may answer `turns` times and make `calls` calls; `picture` is what is known so
    far, as text.
    """

    incident_id: str
    round: int
    requests: list[Json]
    question: str
    briefing: str
    turns: int
    calls: int
