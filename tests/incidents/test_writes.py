"""The write tools are recognised in what scenarios accept and forbid."""

from __future__ import annotations

from typing import Any

import pytest

from sre_agent.domain.action import Call
from sre_lab import scenario
from sre_lab.scenario import Scenario
from tests.incidents.writes import does, forbidden


def call(tool: str, **arguments: Any) -> Call:
    return Call(server="kubernetes", tool=tool, arguments=arguments)


def tracking(selector: str) -> Call:
    return call("kubectl_set_service", namespace="parcels", name="tracking", selector=selector)


def is_accepted(name: str, write_call: Call) -> bool:
    return any(does(step, write_call) for one in answers(scenario.load(name)).accepted for step in one.steps)


def answers(one: Scenario) -> Any:
    assert one.expected is not None
    return one.expected


TILES = call("kubectl_set_service", namespace="maps", name="tiles", port=80, target_port="tiles")
TIDES = call(
    "kubectl_set_service", namespace="harbours", name="tide-tables", kind="Service", internal_traffic_policy="Cluster"
)
PASSENGERS = call(
    "kubectl_set_ingress_backend", namespace="timetable", name="passengers", service="timetable", port="web"
)
BREWERY = call("kubectl_set_ingress_backend", namespace="brewing", name="public", service="order-pages", port=8080)


@pytest.mark.parametrize(
    ("name", "write_call"),
    [
        ("parcel-desk", tracking("app=tracking")),
        ("weather-desk", TILES),
        ("tide-tables", TIDES),
        ("ferry-times", PASSENGERS),
    ],
)
def test_what_heals_is_recognised_in_the_words_of_the_tools(name: str, write_call: Call) -> None:
    assert is_accepted(name, write_call)
    assert forbidden(answers(scenario.load(name)), write_call) is None


def test_another_selector_or_another_field_is_not_what_heals() -> None:
    assert not is_accepted("parcel-desk", tracking("app=tracking,line=a"))
    assert not is_accepted("tide-tables", TIDES.model_copy(update={"arguments": {**TIDES.arguments, "name": "buoys"}}))


def test_a_backend_that_a_scenario_forbids_is_recognised() -> None:
    match = forbidden(answers(scenario.load("brew-line")), BREWERY)
    assert match is not None and match.harm == "harmful"
