"""The draft of a review: times, what went well and wrong, and actions with owners. It is never more than a draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mcp_servers.contract.facts import Subject
from sre_agent.domain.base import IncidentId
from sre_agent.domain.diagnosis import Diagnosis, Hypothesis
from sre_agent.domain.finding import Claim
from sre_agent.domain.incident_grade import IncidentGrade
from sre_agent.domain.report import NextStep, Report
from sre_agent.reports.postmortem import as_markdown, postmortem
from tests.slots.test_store import NOON, report


def cause(minutes_before: float) -> Diagnosis:
    hypothesis = Hypothesis(
        failure_class="oom_killed",
        title="a container needs more memory",
        subject=Subject(scope="shop-prod", kind="Deployment", namespace="shop", name="checkout"),
        score=9,
        confidence=0.93,
        decisive=True,
        terms=[],
        statement="It needs more memory.",
        since=NOON - timedelta(minutes=minutes_before),
    )
    return Diagnosis(verdict="cause", hypothesis=hypothesis, statement=hypothesis.statement)


def review(minutes_before: float = 2, **more: Any) -> Report:
    return report("It needs more memory.").model_copy(update={"diagnosis": cause(minutes_before), **more})


def test_an_alarm_soon_after_the_trouble_went_well_and_a_late_one_went_wrong() -> None:
    soon, late = postmortem(review(2)), postmortem(review(40))
    sentence = "The alarm came {} after the trouble began."
    assert sentence.format("2 min") in soon.went_well and sentence.format("40 min") in late.went_wrong
    assert soon.milestones[0].what == "Trouble began, 2 min before the alarm"


def test_a_verdict_that_was_wrong_is_said_with_what_it_really_was() -> None:
    grade = IncidentGrade(
        incident=IncidentId("inc-1"), correctness="wrong", note="the disk", by="ada", at=NOON, verdict="cause"
    )
    draft = postmortem(review(), grade)
    assert draft.went_wrong == ["The verdict was graded wrong: the disk."]
    assert postmortem(review(), grade.model_copy(update={"correctness": "right"})).went_wrong == []


def test_actions_have_owners_or_are_to_be_assigned_and_text_from_outside_stays_text() -> None:
    steps = [NextStep(what="raise the | limit", owner="team-a")]
    gaps = [Claim(text="# no rights to read logs <b>", evidence=[])]
    text = as_markdown(postmortem(review(next_steps=steps, gaps=gaps)))
    assert "| raise the \\| limit | team-a | |" in text
    assert "| to be assigned | |" in text and "Not visible during the incident: # no rights to read logs &lt;b>" in text
    assert text.startswith("# Post-mortem (draft): it is slow\n")
