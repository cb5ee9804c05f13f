"""The state's values as the types they stand for, and back: the one place that knows how they are stored.

What a checkpoint holds is plain data, so that reading one builds nothing. A value that is not of its type raises
pydantic's ValidationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from sre_agent.domain.action import Action, ApprovalDecision, PolicyDecision, Remediation
from sre_agent.domain.base import Noun
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Finding
from sre_agent.domain.past_incident import SeenBefore
from sre_agent.domain.run import ApprovalQuestion, Outcome, RemediationPlan, RoutedQuestion
from sre_agent.domain.verification import Verification
from sre_agent.errors import PermanentError
from sre_agent.graph.state import FINDINGS_OF, Json, RunState, merge_finding

Values = RunState | Mapping[str, Any]
N = TypeVar("N", bound=Noun)


def update(**values: Any) -> RunState:
    """What a node returns: nouns, and lists of them, as the plain data that is stored."""
    return cast(RunState, {name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _read(state: Values, name: str, kind: type[N]) -> N | None:
    body = state.get(name)
    return kind.model_validate(body) if body else None


def diagnosis(state: Values) -> Diagnosis | None:
    return _read(state, "diagnosis", Diagnosis)


def required_diagnosis(state: Values) -> Diagnosis:
    """For the steps that come after the diagnosis. PermanentError where there is none."""
    value = diagnosis(state)
    if value is None:
        raise PermanentError("The run came to a step that needs a diagnosis, without one.")
    return value


def claims(state: Values) -> list[AlarmClaim]:
    """What the signal says to be wrong."""
    return [AlarmClaim.model_validate(entry) for entry in state.get("alarm_claims") or []]


def plan(state: Values) -> RemediationPlan | None:
    return _read(state, "remediation_plan", RemediationPlan)


def policy_decision(state: Values) -> PolicyDecision | None:
    return _read(state, "policy_decision", PolicyDecision)


def question(state: Values) -> ApprovalQuestion | None:
    return _read(state, "question", ApprovalQuestion)


def decision(state: Values) -> ApprovalDecision | None:
    return _read(state, "decision", ApprovalDecision)


def verification(state: Values) -> Verification | None:
    return _read(state, "verification", Verification)


def outcome(state: Values) -> Outcome | None:
    return _read(state, "outcome", Outcome)


def remediations(state: Values) -> list[Remediation]:
    return [Remediation.model_validate(entry) for entry in state.get("remediations", [])]


def seen_before(state: Values) -> list[SeenBefore]:
    return [SeenBefore.model_validate(entry) for entry in state.get("seen_before") or []]


def routed_questions(state: Values) -> list[RoutedQuestion]:
    return [RoutedQuestion.model_validate(entry) for entry in state.get("routed", [])]


def finding_update(finding: Finding) -> RunState:
    """What a specialist's node returns of its finding."""
    if finding.agent in FINDINGS_OF:
        return update(**{FINDINGS_OF[finding.agent]: finding})
    return update(findings={finding.agent: _plain(finding)})


def findings(state: Values) -> list[Finding]:
    """What the specialists found, in the order of their fields. A run of before has all of it in `findings`."""
    values: Mapping[str, Any] = {**state}
    by_agent: dict[str, Json] = dict(values.get("findings", {}))
    shipped_findings = [
        merge_finding(by_agent.pop(agent, None), values.get(name)) for agent, name in FINDINGS_OF.items()
    ]
    return [Finding.model_validate(one) for one in (*shipped_findings, *by_agent.values()) if one]


def action(state: Values) -> Action:
    """The action of the plan, for the steps that come after it. PermanentError where there is none."""
    current_plan = plan(state)
    if current_plan is None or current_plan.action is None:
        raise PermanentError("The run came to a step that needs an action, without one in its plan.")
    return current_plan.action
