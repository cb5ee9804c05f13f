"""Every scenario's answer, proved: what it accepts heals, and nothing else does. All by real clients over loopback."""

from __future__ import annotations

import contextlib

import pytest

from sre_lab import scenario as scenarios
from sre_lab.scenario import Scenario
from sre_lab.scenario.expectation import ExpectedResponse
from sre_lab.scenario.remedies import ForbiddenRemedy, ScenarioRemedy
from tests.lab_scenarios.eyes import first_unmet
from tests.lab_scenarios.hands import RefusedError, carry_out
from tests.lab_scenarios.plays import START
from tests.lab_scenarios.stage import Stage, moment
from tests.sampling import fields_of, load_shipped, sample

LOOK = 60.0  # seconds of the lab's time between two looks
FIRES = 120.0  # seconds within which a trigger has gone off

SCENARIOS = {name: load_shipped(name) for name in scenarios.names()}


def answer(scenario: Scenario) -> ExpectedResponse:
    assert scenario.expected is not None, "a shipped scenario has an answer"
    return scenario.expected


def kinds(name: str) -> set[tuple[object, ...]]:
    """What its proofs are about: forms of steps that heal, of one that does not, and whether it heals by itself."""
    expected = answer(SCENARIOS[name])
    heals = {("heals", form) for remedy in expected.accepted for step in remedy.steps for form in fields_of(step)}
    not_so = {
        ("does not", form) for remedy in expected.forbidden[:1] for step in remedy.steps for form in fields_of(step)
    }
    return heals | not_so | {("by itself", expected.heals_by_itself)}


def marks(name: str, number: int = 0) -> list[pytest.MarkDecorator]:
    """In the normal run a few scenarios have all their proofs, but for further wrong remedies: a past is shared."""
    return [] if name in QUICK and not number else [pytest.mark.long]


QUICK = sample(SCENARIOS, kinds)
UNTOUCHED = [pytest.param(n, marks=marks(n)) for n in SCENARIOS]
ACCEPTED = [pytest.param(n, r, marks=marks(n)) for n, s in SCENARIOS.items() for r in answer(s).accepted]
FORBIDDEN = [
    pytest.param(n, r, marks=marks(n, number))
    for n, s in SCENARIOS.items()
    for number, r in enumerate(answer(s).forbidden)
]


def _name(value: str | ScenarioRemedy) -> str:
    return value if isinstance(value, str) else value.says.replace(" ", "-")


def begin(stage: Stage, scenario: Scenario) -> None:
    """The scenario at the moment at which its trigger has gone off."""
    stage.play(scenario)
    elapsed = 0.0
    while not went_off(stage, scenario.trigger):
        assert elapsed < FIRES, f"the alarm {scenario.trigger} did not go off"
        stage.pass_time(5)
        elapsed += 5


def went_off(stage: Stage, alarm: str) -> bool:
    return any(e["detail"]["state"]["value"] == "ALARM" for e in stage.control.alarm_events(alarm))


def was_quiet_at(stage: Stage, alarm: str, at: float) -> bool:
    before = [e["detail"]["state"]["value"] for e in stage.control.alarm_events(alarm) if moment(e["time"]) < at]
    return not before or before[-1] != "ALARM"


def watch(stage: Stage, expected: ExpectedResponse) -> str:
    """What does not hold yet when the span is over; empty as soon as everything holds."""
    until = stage.now() + expected.within
    while (missing := first_unmet(stage, expected.healed)) and stage.now() < until:
        stage.pass_time(min(LOOK, until - stage.now()))
    return missing


@pytest.mark.parametrize("name", UNTOUCHED)
def test_untouched_a_scenario_stays_sick_unless_it_recovers_by_itself(name: str, stage: Stage) -> None:
    expected, faults = answer(SCENARIOS[name]), SCENARIOS[name].faults
    begin(stage, SCENARIOS[name])
    assert was_quiet_at(stage, SCENARIOS[name].trigger, START + min((f.at for f in faults), default=-START))
    assert expected.heals_by_itself or first_unmet(stage, expected.healed), "it is well before anything was done"
    left = watch(stage, expected)
    assert bool(left) != expected.heals_by_itself, left or "it healed although nothing was done"


@pytest.mark.parametrize(("name", "remedy"), ACCEPTED, ids=_name)
def test_an_accepted_remedy_heals(name: str, remedy: ScenarioRemedy, stage: Stage) -> None:
    begin(stage, SCENARIOS[name])
    carry_out(stage, remedy)
    assert watch(stage, answer(SCENARIOS[name])) == ""


@pytest.mark.parametrize(("name", "remedy"), FORBIDDEN, ids=_name)
def test_a_forbidden_remedy_does_not_heal(name: str, remedy: ForbiddenRemedy, stage: Stage) -> None:
    begin(stage, SCENARIOS[name])
    with contextlib.suppress(RefusedError):
        carry_out(stage, remedy)
    assert watch(stage, answer(SCENARIOS[name])) != "", f"it healed, although {remedy.why}"
