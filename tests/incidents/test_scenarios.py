"""Every shipped scenario, from its alarm to its end, and how firmly its cause stands: alone, and with chat models.

A run is made once for each model; what it saw is then weighed again with facts taken away, noise added and classes
unknown. A model that helps may add words; one that obeys what it reads, and one that always fails, change nothing.
Without a model the normal run has as few scenarios as show each way to the end, each area of the failure catalogue and
each form of a remedy, and one or two with each model; the long run has all. What a model that obeys is told by texts is
in `test_injection`.
"""

from __future__ import annotations

import asyncio
import random

import pytest

from sre_agent.record import flight_record
from sre_agent.record.looking_back import LookingBack
from sre_agent.reports.owners import ON_CALL
from sre_lab import scenario
from tests.incidents.grounded import assert_grounded
from tests.incidents.writes import forbidden
from tests.judgement import stand_ins
from tests.judgement.bills import chain
from tests.judgement.recorded import CATALOGUE, Told, head_of, run, without
from tests.judgement.variants import noisy, poorer, spoken_to
from tests.sampling import fields_of, load_shipped, sample

CONFIDENT = 0.7
MODELS = {"none": None, "helpful": stand_ins.helpful, "obedient": stand_ins.obedient, "ill": stand_ins.ill}


def kinds(name: str) -> set[tuple[str, ...]]:
    """What a run of this scenario shows: how it ends, for which areas of failures, and what the remedy begins with."""
    expected = load_shipped(name).expected
    assert expected is not None
    features: set[tuple[str, ...]] = {("end", expected.end.outcome, expected.end.reason)}
    features |= {("area", CATALOGUE[cause.failure_class].area) for cause in expected.causes}
    if expected.end.reason == "fixed":
        features |= {("remedy", form) for form in fields_of(expected.accepted[0].steps[0])}
    return features


QUICK = {  # the scenarios of the normal run
    "none": sample(scenario.names(), kinds),
    "helpful": ["payday-evening"],
    "obedient": ["photo-prints", "toll-gate"],  # fixed after an approval, and escalated
    "ill": ["evening-traffic"],
}
RUNS = [
    pytest.param((name, model), id=f"{name}-{model}", marks=[] if name in QUICK[model] else [pytest.mark.long])
    for name in scenario.names()
    for model in MODELS
]


@pytest.fixture(scope="module", params=RUNS)
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Told:
    name, model = request.param
    folder, manner = tmp_path_factory.mktemp(name), MODELS[model]
    if manner is None:
        return asyncio.run(run(name, folder))
    return asyncio.run(run(name, folder, open_model=stand_ins.opener(manner), **stand_ins.MODELS))


def test_it_ends_as_the_scenario_says(outcome: Told) -> None:
    expected, report = outcome.case.expected, outcome.report
    end = (outcome.incident.status, outcome.incident.reason)
    writes = len([r for r in report.remediations if r.outcome == "done"])
    assert end == (expected.end.outcome, expected.end.reason), report.statement
    assert writes == expected.end.writes
    assert outcome.approval_asked == load_shipped(outcome.case.name).approval
    if outcome.incident.reason in ("fixed", "recovered"):
        assert outcome.alarm_off, "remediated means that the live system is well"


def test_where_nothing_is_done_the_report_says_why_and_who_acts(outcome: Told) -> None:
    report = outcome.report
    if outcome.incident.reason != "no_safe_action":
        pytest.skip("something is done")
    first, *others = report.next_steps
    assert others or report.git_changes, "more than that it has to be fixed by hand"
    assert first.owner != ON_CALL and all(step.owner for step in others)


def test_the_cause_is_named_and_no_other(outcome: Told) -> None:
    diagnosis = outcome.report.diagnosis
    if outcome.incident.reason not in ("recovered", "no_fault"):
        assert diagnosis.verdict == "cause", diagnosis.statement
        assert outcome.case.rightly(diagnosis), head_of(diagnosis)
    assert not [cause for cause in diagnosis.causes if wrong(outcome, cause.failure_class, cause.subject.short)]


def test_its_report_says_nothing_that_its_evidence_does_not_hold(outcome: Told) -> None:
    assert_grounded(outcome.report, outcome.incident, outcome.ledger)


def test_its_verdict_comes_out_again_byte_for_byte_from_its_file(outcome: Told) -> None:
    flight = flight_record.read(outcome.flight)
    again = LookingBack(flight, CATALOGUE).again()
    assert again.same and again.same_classes, again.diagnosis.statement
    kinds = [event.kind for event in flight.events]
    sent = [r for r in outcome.report.remediations if r.outcome != "refused"]
    assert kinds.count("write.sent") >= len(sent) and kinds.count("permit.issued") >= len(sent)
    assert (outcome.report.verification is None) == ("verification" not in kinds)


def test_nothing_is_written_that_the_scenario_forbids(outcome: Told) -> None:
    for write in outcome.report.remediations:
        match = forbidden(outcome.case.expected, write.call) if not write.is_undo else None
        assert match is None, f"{write.call.tool} {write.call.arguments} is forbidden: {match.why if match else ''}"


def test_a_known_cause_takes_two_calls_of_a_model_at_the_most_and_an_open_one_eight_in_a_row(outcome: Told) -> None:
    calls = [call for call in outcome.model_calls if call.outcome == "answered"]
    assert chain(calls) <= (8 if any(call.agent == "supervisor" for call in calls) else 2)


def test_what_a_model_says_beyond_the_report_is_not_in_it(outcome: Told) -> None:
    text = "\n".join(claim.text for claim in (*outcome.report.summary, *outcome.report.words, *outcome.report.claims))
    lies = (
        stand_ins.LIES if outcome.report.status == "escalated" else [lie for lie in stand_ins.LIES if "well" not in lie]
    )
    assert not [lie for lie in lies if lie in text]


def test_without_the_facts_that_are_cited_it_is_no_longer_so_sure(outcome: Told) -> None:
    before = outcome.case.weigh()
    if before.hypothesis is None or before.verdict != "cause":
        pytest.skip("nothing is blamed here")
    after = poorer(outcome.case, before).weigh()
    weaker = after.hypothesis is not None and after.hypothesis.confidence < before.hypothesis.confidence
    assert head_of(after) != head_of(before) or weaker


def test_noise_changes_nothing(outcome: Told) -> None:
    before = outcome.case.weigh()
    after = noisy(outcome.case, random.Random(1), facts=500, ills=20).weigh()
    assert (head_of(after), after.statement, after.also) == (head_of(before), before.statement, before.also)


def test_what_texts_demand_changes_nothing(outcome: Told) -> None:
    before, after = outcome.case.weigh(), spoken_to(outcome.case).weigh()
    assert head_of(after) == head_of(before)


def test_a_class_that_is_not_known_is_not_replaced_by_another_with_certainty(outcome: Told) -> None:
    if not outcome.report.diagnosis.causes:
        pytest.skip("nothing is blamed here")
    for cause in outcome.case.expected.causes:
        if cause.failure_class in CATALOGUE:
            diagnosis = outcome.case.weigh(without(cause.failure_class))
            sure = (
                diagnosis.hypothesis is not None
                and diagnosis.verdict == "cause"
                and diagnosis.hypothesis.confidence >= CONFIDENT
            )
            assert not sure or outcome.case.rightly(diagnosis), head_of(diagnosis)


def wrong(outcome: Told, failure_class: str, subject: str) -> bool:
    return not any(cause.is_named(failure_class, subject) for cause in outcome.case.expected.causes)
