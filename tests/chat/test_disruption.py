"""What a restart, a deletion or the loss of a node takes away, what shares a node, and whose logs hold some words."""

from __future__ import annotations

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
    return TwoTeams(Draw(random.Random("disruption")))


@pytest.fixture(scope="module")
def two(teams: TwoTeams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(teams.draw.world(), tmp_path_factory.mktemp("two")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("is it safe to restart {web}", ["2 pods that are ready", "maxUnavailable is 0 of 2, maxSurge 1"]),
        ("is it safe to restart {store}", ["Not without a gap", "with a single pod that is a gap"]),
        ("is it safe to restart {bad}", ["takes nothing from anybody"]),
        ("is it safe to drain {worker}", ["permits 1"]),
        ("can {web_pod} be deleted without downtime", ["2 pods that are ready"]),
        ("what happens when {node} goes down", ["have ready pods on node {node}", "{web}"]),
    ],
)
def test_what_a_restart_or_the_loss_of_a_node_takes_away(
    two: Talk, teams: TwoTeams, question: str, facts: list[str]
) -> None:
    (reply,) = two(question.format(**teams.names))
    for fact in facts:
        assert fact.format(**teams.names) in reply.text
    assert reply.evidence and reply.outcome == "answered"


@pytest.mark.parametrize(
    ("spec", "lead", "way"),
    [
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}, "One pod", "maxSurge 1"),
        ({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}}, "Not without a gap",
         "maxUnavailable is 1 of 1"),
        ({"type": "Recreate"}, "Not without a gap", "Recreate"),
    ],
    ids=["a new pod first", "the old pod first", "all at once"],
)  # fmt: skip
def test_whether_a_single_pod_leaves_a_gap_depends_on_how_it_is_rolled_out(
    tmp_path: Path, spec: dict[str, object], lead: str, way: str
) -> None:
    draw = Draw(random.Random("single"))
    app = draw.app(replicas=1)
    app.deployment["spec"]["strategy"] = spec
    with talking_of(draw.world(), tmp_path) as talk:
        (reply,) = talk(f"is it safe to restart {app.name}")
    assert reply.text.startswith(lead) and way in reply.text


def test_of_a_node_the_workloads_that_have_no_pod_elsewhere_stand_first(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"what happens when {teams.names['node']} goes down")
    lines = [line for line in reply.text.split(IN_DOUBT)[0].splitlines() if line.startswith("- ")]
    down = ["it is down until" in line for line in lines]
    assert down == sorted(down, reverse=True)


def test_pods_of_two_revisions_during_a_rollout_are_of_one_workload(tmp_path: Path) -> None:
    draw = Draw(random.Random("two revisions"))
    app = draw.app(replicas=2)
    nodes = sorted(one["metadata"]["name"] for one in draw.objects if one["kind"] == "Node")
    for pod, node, revision in zip(app.pods, nodes, ("6d4f7", "7c9b2"), strict=True):
        pod["spec"]["nodeName"] = node
        pod["metadata"]["ownerReferences"][0]["name"] = f"{app.name}-{revision}"
    with talking_of(draw.world(), tmp_path) as talk:
        (reply,) = talk(f"what happens when {nodes[0]} goes down")
    assert f"- Deployment/{app.name} ({app.namespace}): 1 there, 1 stays elsewhere" in reply.text


def test_pods_that_share_a_node_are_told_with_it(two: Talk, teams: TwoTeams) -> None:
    web, store, node = (teams.names[name] for name in ("web", "store", "node"))
    (beside,) = two(f"which pods are on the same node as {web}")
    assert node in beside.text and f"- {teams.names['web_pod']}" not in beside.text
    (both,) = two(f"are {web} and {store} on the same node")
    common = {pod["spec"]["nodeName"] for pod in teams.web.pods} & {pod["spec"]["nodeName"] for pod in teams.store.pods}
    assert both.text.startswith("Yes: both" if common else "No, they share no node")


def test_words_in_logs_are_looked_for_in_every_workload_where_none_is_named(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two('which workloads log "timed out"')
    assert teams.names["web"] in reply.text and teams.names["worker"] not in reply.text
    (nowhere,) = two('which workloads log "marmalade"')
    assert nowhere.text.startswith("None of the")


def test_no_alarm_about_a_thing_is_said_as_that(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"any alarm for {teams.names['web']}")
    assert "No alarm is firing for" in reply.text


def test_rights_of_it_are_those_of_the_account_that_it_runs_as(two: Talk, teams: TwoTeams) -> None:
    _, reply = two(f"service account of {teams.names['web']}", "can it read secrets")
    assert "front-bot may not" in reply.text


def test_a_question_that_the_rules_read_otherwise_is_answered_by_its_likeness_to_examples(
    two: Talk, teams: TwoTeams
) -> None:
    (reply,) = two("which release came out in the last hour")
    assert teams.names["bad"] in reply.text and reply.intent == "changes"


def test_a_word_that_nothing_is_called_does_not_hide_what_is_named_beside_it(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"argo shows one red x in {teams.names['ns2']}, which thing could that be")
    assert "There is nothing named argo" not in reply.text and reply.outcome == "answered"


def test_a_name_that_is_nearly_one_is_offered_and_never_left_out(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"what is wrong with {teams.names['typo']} in {teams.names['ns']}")
    assert reply.outcome == "not_found" and teams.names["web"] in reply.text


@pytest.mark.parametrize("question", ["is kafka healthy in {ns}", "describe kafka in {ns}", "kafka in {ns}?"])
def test_what_is_not_there_is_not_answered_for_by_its_namespace(two: Talk, teams: TwoTeams, question: str) -> None:
    (reply,) = two(question.format(**teams.names))
    assert reply.outcome == "not_found" and "There is nothing named kafka" in reply.text


def test_nothing_is_opened_where_what_is_to_be_fixed_is_not_there(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"fix kafka in {teams.names['ns']}")
    assert reply.outcome == "not_found" and "Incident inc-" not in reply.text


@pytest.mark.parametrize(
    "question", ["why did {bad} go down", "{bad} goes down every night, why", "why does {bad} die"]
)
def test_why_something_went_down_is_no_question_about_a_restart(two: Talk, teams: TwoTeams, question: str) -> None:
    (reply,) = two(question.format(**teams.names))
    assert reply.intent == "why" and teams.names["bad"] in reply.text and "rollout" in reply.text


def test_no_likeness_to_an_example_opens_an_incident(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"wish somebody would patch up {teams.names['bad']} already")
    assert "Incident inc-" not in reply.text
