"""What happened in a time, in its order, and what can be reached from outside."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sre_agent.chat.reply import IN_DOUBT
from tests.chat.conftest import Talk, talking_of
from tests.worlds.parts import Draw
from tests.worlds.two_teams import TwoTeams


@pytest.fixture(scope="module")
def teams() -> TwoTeams:
    return TwoTeams(Draw(random.Random("time line")))


@pytest.fixture(scope="module")
def two(teams: TwoTeams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(teams.draw.world(), tmp_path_factory.mktemp("two")) as talk:
        yield talk


def test_a_timeline_has_changes_and_restarts_in_their_order(two: Talk, teams: TwoTeams) -> None:
    bad = teams.names["bad"]
    (reply,) = two("time line of the last hour")
    lines = [line for line in reply.text.split(IN_DOUBT)[0].splitlines() if line.startswith("- ")]
    assert lines == sorted(lines)
    rollout = next(number for number, line in enumerate(lines) if f"/{bad} rolled out" in line)
    restart = next(number for number, line in enumerate(lines) if f"Pod/{bad}" in line and "restarted" in line)
    assert rollout < restart


def test_a_timeline_of_one_thing_is_of_nothing_else_and_keeps_to_its_time(two: Talk, teams: TwoTeams) -> None:
    bad, web = teams.names["bad"], teams.names["web"]
    of_bad, of_web = two(f"timeline of {bad} since 13:00", f"timeline of {web} for the last 10 minutes")
    assert f"/{bad} rolled out" in of_bad.text and web not in of_bad.text
    assert "Nothing happened" in of_web.text and bad not in of_web.text


def test_where_no_incident_is_on_record_what_happened_is_told_all_the_same(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two("what happened in the last hour")
    assert "No incident is on record" in reply.text and f"/{teams.names['bad']} rolled out" in reply.text


def test_what_is_exposed_are_ingresses_and_services_that_are_open_to_the_outside(two: Talk, teams: TwoTeams) -> None:
    everything, web, bad = two(
        "what is exposed to the internet",
        f"is {teams.names['web']} reachable from outside",
        f"is {teams.names['bad']} exposed to the internet",
    )
    for reply in (everything, web):
        assert f"Ingress front-door ({teams.names['ns']}): hosts {teams.names['host']}" in reply.text
        assert f"Service {teams.names['svc']}" in reply.text and teams.names["bad"] not in reply.text
    assert f"/{teams.names['bad']} is exposed: no Ingress" in bad.text


def test_how_long_a_job_ran_and_by_which_name_a_service_is_reached_within_the_cluster(
    two: Talk, teams: TwoTeams
) -> None:
    job, svc, ns = teams.names["job"], teams.names["svc"], teams.names["ns"]
    ran, name, url = two(
        f"how long did {job} run for",
        f"what is the in-cluster hostname of {svc}",
        f"We call plain http://{svc}/pay and nobody documented it, of course. What is its hostname inside the cluster?",
    )
    assert "took 20m until" in ran.text
    for reply in (name, url):
        assert f"{svc}.{ns}.svc" in reply.text


def test_of_several_that_are_pointed_to_each_is_told_in_short_beside_the_question_which_is_meant(two: Talk) -> None:
    _, reply = two("which nodes are there", "have they been with us for long?")
    assert reply.outcome == "choice" and reply.text.count("days old") == 2


def test_what_is_no_incident_but_exists_is_told_of(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"the test report wants the full image reference of {teams.names['worker']}, registry and all")
    assert reply.outcome == "not_found" and teams.names["worker_image"] in reply.text


def test_that_one_is_what_the_answer_told_and_it_is_what_was_asked_about(two: Talk, teams: TwoTeams) -> None:
    web, worker = teams.names["web"], teams.names["worker"]
    _, callee, _, caller, _, same = two(
        f"what other service does {web} call",
        "and has that one any errors in its own log?",
        f"who calls {worker}",
        "is that one healthy?",
        f"what does {web} call",
        "how many replicas does it have?",
    )
    assert worker in callee.text and web not in callee.text
    assert f"/{web} are ready" in caller.text and f"/{web}" in same.text


def test_a_service_that_is_open_to_the_outside_is_told_behind_any_number_of_others(tmp_path: Path) -> None:
    teams = TwoTeams(Draw(random.Random("many services")))
    world = teams.draw.world()
    inner = next(
        one for one in world["k8s"]["objects"] if one["kind"] == "Service" and one["spec"]["type"] == "ClusterIP"
    )
    for number in range(60):  # more than a page, and before it by name
        copy = json.loads(json.dumps(inner))
        copy["metadata"] |= {"name": f"aa-{number:02d}", "uid": f"aa-{number:02d}", "namespace": teams.names["ns"]}
        world["k8s"]["objects"].insert(0, copy)
    with talking_of(world, tmp_path) as talk:
        (reply,) = talk("what is exposed to the internet")
    assert f"Service {teams.names['svc']}" in reply.text and "aa-" not in reply.text


def test_what_was_not_looked_at_is_not_said_to_tell_nothing(two: Talk, teams: TwoTeams) -> None:
    of_one, of_all = two(f"timeline of {teams.names['web']} for the last minute", "timeline of the last 30 seconds")
    assert "alarms" not in of_one.text and "kube-" not in of_one.text
    assert "(kube-...) are left out" in of_all.text
