"""A thing at a glance, where it is added to an answer, and what of a sentence is no name."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from sre_agent.chat.reply import IN_DOUBT, LONGEST
from tests.chat.conftest import Talk, talking_of
from tests.worlds.parts import Draw
from tests.worlds.two_teams import TwoTeams


@pytest.fixture(scope="module")
def teams() -> TwoTeams:
    return TwoTeams(Draw(random.Random("overview")))


@pytest.fixture(scope="module")
def two(teams: TwoTeams, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    with talking_of(teams.draw.world(), tmp_path_factory.mktemp("two")) as talk:
        yield talk


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("describe {web}", ["GET /healthz", "no liveness probe", "maxSurge 1", "Service {svc}", "Ingress front-door"]),
        ("describe {worker}", ["HorizontalPodAutoscaler {worker}", "PodDisruptionBudget", "no readiness probe"]),
        ("describe {bad}", ["24s until", "exit code {bad_exit}", "{tag_before}", "kubectl rollout undo"]),
        ("describe night-count", ["15 3 * * *", "Job {job}: Failed", "ERROR no rates for today"]),
        ("describe {node}", ["cpu capacity 4", "Requested of it: cpu", "Flatcar", "{web_pod}"]),
        ("describe front-door", ["{host}", "{svc}", "front-tls", "{web_pod}"]),
    ],
)
def test_a_thing_is_described_with_what_stands_around_it(
    two: Talk, teams: TwoTeams, question: str, facts: list[str]
) -> None:
    (reply,) = two(question.format(**teams.names))
    for fact in facts:
        assert fact.format(**teams.names) in reply.text
    assert "hunter22" not in reply.model_dump_json()
    assert IN_DOUBT not in reply.text


def test_an_overview_is_added_only_where_it_is_not_sure_what_was_asked(two: Talk, teams: TwoTeams) -> None:
    web = teams.names["web"]
    sure, unsure = two(f"how many replicas does {web} have", f"can {web} cope with a bad neighbour")
    assert IN_DOUBT not in sure.text and IN_DOUBT in unsure.text
    assert len(unsure.text) <= LONGEST


def test_what_cannot_be_answered_stays_so_beside_an_overview(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two(f"compare {teams.names['worker']}")
    assert reply.outcome == "cannot" and "needs two things" in reply.text
    assert IN_DOUBT in reply.text and teams.names["worker"] in reply.subjects[0]


def test_what_has_an_address_is_found_and_an_address_of_nothing_is_said(two: Talk, teams: TwoTeams) -> None:
    holder, nobody = two(f"what is {teams.names['svc_ip']}", "what is 192.0.2.77")
    assert f"{teams.names['svc_ip']} is an address of Service/" in holder.text and teams.names["svc"] in holder.text
    assert nobody.outcome == "not_found" and "has the address 192.0.2.77" in nobody.text


def test_the_other_one_is_the_second_of_two(two: Talk, teams: TwoTeams) -> None:
    _, other = two(f"tell me about {teams.names['node']}", "and the other one?")
    assert f"Node/{teams.names['other_node']}" in other.text


def test_what_is_excluded_is_neither_told_nor_counted(two: Talk, teams: TwoTeams) -> None:
    bad, job = teams.names["bad"], teams.names["job"]
    findings, pods = two(f"besides {bad}, is anything else failing", f"which deployments are there apart from {bad}")
    assert job in findings.text and "1 more was found" in findings.text and f"/{bad} " not in findings.text
    assert f"- {bad}" not in pods.text and teams.names["web"] in pods.text


def test_credentials_in_plain_text_are_told_by_name_and_never_by_value(two: Talk, teams: TwoTeams) -> None:
    (reply,) = two("which workloads have hard-coded credentials")
    assert "DB_PASSWORD" in reply.text and teams.names["web"] in reply.text
    assert "RATE_URL" not in reply.text.split(IN_DOUBT, maxsplit=1)[0] and "hunter22" not in reply.model_dump_json()


@pytest.mark.parametrize(
    ("question", "is_found"),
    [
        ("are there credentials in any pod spec", True),
        ("which service wrote something about a sextant into its log?", True),
        ("is kafka healthy", False),
        ("is payments healthy", False),
        ("restart payments", False),
    ],
)
def test_an_ordinary_word_is_no_name_and_a_missing_thing_is_still_missing(
    two: Talk, question: str, is_found: bool
) -> None:
    (reply,) = two(question)
    if is_found:
        assert "There is nothing named" not in reply.text
    else:
        assert reply.outcome in ("not_found", "cannot") and not reply.text.startswith("Yes")
