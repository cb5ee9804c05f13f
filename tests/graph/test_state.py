"""What a run remembers: plain data in the checkpoint, types for whoever reads it."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

import sre_agent.graph
from sre_agent.checkpoint.serializer import ClosedSerializer
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim, Finding
from sre_agent.domain.incident import Reason
from sre_agent.domain.run import ApprovalQuestion, Denial, Outcome, RemediationPlan, RoutedQuestion
from sre_agent.graph import state_values
from sre_agent.graph.ending import end
from sre_agent.graph.messages import CHARACTERS, finding_with_message
from sre_agent.graph.state import FINDINGS_OF, RunState, merge_finding

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
GRAPH = Path(sre_agent.graph.__file__).parent
PLAN = RemediationPlan(skipped=["none fits"], attempts=["undo_rollout"], denials=[Denial(purpose="Scale", reason="no")])
QUESTION = ApprovalQuestion(id="q", number=2, action_digest="d", asked_at=NOW, expires_at=NOW)
ROUTED = RoutedQuestion(specialist="logs", question="What came first?", round=2, at=NOW)


def finding(agent: str, round_: int = 1, *texts: str) -> Finding:
    claims = [Claim(text=text, evidence=[EvidenceId("ev-1")]) for text in texts]
    return Finding(agent=agent, round=round_, claims=claims, seconds=1.0)


def store_and_load(state: RunState) -> dict[str, Any]:
    """The state as a checkpoint gives it back."""
    values = ClosedSerializer()
    back: dict[str, Any] = values.loads_typed(values.dumps_typed(dict(state)))
    return back


def test_what_a_node_writes_is_plain_data_and_read_back_as_the_same_types() -> None:
    outcome = Outcome.of("no_safe_action")
    state = store_and_load(
        state_values.update(remediation_plan=PLAN, question=QUESTION, routed=[ROUTED], outcome=outcome)
    )
    assert state_values.plan(state) == PLAN
    assert state_values.question(state) == QUESTION
    assert state_values.routed_questions(state) == [ROUTED]
    assert state_values.outcome(state) == outcome


@pytest.mark.parametrize("noun", [PLAN, QUESTION, ROUTED, Outcome.of("fixed")], ids=lambda noun: type(noun).__name__)
def test_what_a_run_has_come_to_cannot_be_changed_in_place(noun: Any) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(noun, next(iter(type(noun).model_fields)), None)


@pytest.mark.parametrize("agent", [*FINDINGS_OF, "databases"])
def test_each_specialist_has_its_own_place_for_what_it_found(agent: str) -> None:
    state = store_and_load(state_values.finding_update(finding(agent, 1, "web restarted")))
    assert list(state) == [FINDINGS_OF.get(agent, "findings")]
    assert state_values.findings(state) == [finding(agent, 1, "web restarted")]


def test_what_a_specialist_finds_in_a_later_round_is_added_once() -> None:
    first, second = finding("logs", 1, "a").model_dump(), finding("logs", 2, "a", "b").model_dump()
    merged = merge_finding(first, second)
    assert merged is not None
    assert [claim["text"] for claim in merged["claims"]] == ["a", "b"]
    assert (merged["round"], merged["seconds"]) == (2, 2.0)
    assert merge_finding(first, first) == first, "a step that ran again found nothing new"


def test_a_run_that_an_earlier_version_began_goes_on_with_what_it_had_found() -> None:
    before = {"kubernetes": finding("kubernetes", 1, "a").model_dump(), "logs": finding("logs", 1, "c").model_dump()}
    state = {"findings": before, **state_values.finding_update(finding("kubernetes", 2, "b"))}
    texts = {one.agent: [claim.text for claim in one.claims] for one in state_values.findings(state)}
    assert texts == {"kubernetes": ["a", "b"], "logs": ["c"]}
    assert state_values.plan({"remediation_plan": {"action": None, "skipped": [], "tried": []}}) == RemediationPlan()
    assert (
        state_values.routed_questions({"routed": [{"specialist": "logs", "question": "?", "round": 1}]})[0].at is None
    )


def test_messages_carry_what_a_specialist_concluded_and_a_second_try_replaces_it() -> None:
    [message] = finding_with_message(finding("logs", 2, "web restarted", "x" * CHARACTERS), "inc-1")["messages"]
    [again] = finding_with_message(finding("logs", 2, "web restarted"), "inc-1")["messages"]
    assert message.name == "logs" and str(message.content).startswith("web restarted\n")
    assert len(str(message.content)) == CHARACTERS
    assert again.id == message.id


@pytest.mark.parametrize("reason", sorted(set(get_args(Reason)) - {""}))
def test_the_reason_alone_decides_the_status_that_a_run_ends_with(reason: Reason) -> None:
    well = {"fixed": "remediated", "recovered": "remediated", "no_fault": "remediated", "answered": "answered"}
    status = well.get(reason, "escalated")
    by_any = end(reason, {"undoing": True})
    assert by_any.goto == "supervisor"
    assert by_any.update == {"undoing": True, "outcome": {"status": status, "reason": reason}}
    by_supervisor = end(reason, goto="report")
    assert by_supervisor.goto == "report"
    assert by_supervisor.update == {
        "outcome": {"status": status, "reason": reason}, "status": status, "current_agent": "report",
    }  # fmt: skip


def test_no_step_ends_a_run_but_by_the_one_function() -> None:
    """Nor reads a typed value of the state past the place that knows how it is stored."""
    stored_by_type = {
        "diagnosis",
        "remediation_plan",
        "policy_decision",
        "decision",
        "verification",
        "outcome",
        "routed",
    }
    past: list[str] = []
    for path in GRAPH.rglob("*.py"):
        if path.name in ("typed.py", "ending.py", "state.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            ends = isinstance(node, ast.Dict) and any(
                isinstance(key, ast.Constant) and key.value == "outcome" for key in node.keys
            )
            reads = (
                isinstance(node, ast.Subscript)
                and isinstance(node.slice, ast.Constant)
                and node.slice.value in stored_by_type
            )
            if ends or reads:
                past.append(f"{path.name}: {ast.unparse(node)}")
    assert not past
