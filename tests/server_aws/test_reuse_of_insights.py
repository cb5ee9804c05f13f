"""A Logs Insights query is paid by the GB: what it found is given again while it cannot have changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mcp_servers.cloudwatch.reads import log_groups
from mcp_servers.cloudwatch.reads.insights import InsightsResult, QueryBudget
from mcp_servers.cloudwatch.reads.log_costs import Estimate
from mcp_servers.cloudwatch.reads.log_groups import LogLookup
from mcp_servers.serving.aws import AwsAccount

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def run_queries(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The queries that reach AWS; each reads a gigabyte."""
    questions: list[Any] = []

    def run(account: Any, question: Any, budget: Any) -> InsightsResult:
        questions.append(question)
        stopped = "its 20 s were over" if "slow" in question.query else ""
        return InsightsResult(str(len(questions)), [], 10, 0, 1_000_000_000, NOW, stopped)

    monkeypatch.setattr(log_groups, "run", run)
    return questions


def account(reuse_seconds: float = 300.0, key: str = "AKIA1", region: str = "eu-west-1") -> AwsAccount:
    return AwsAccount(region=region, keys=(key, "secret", ""), reuse_seconds=reuse_seconds)


def look(of: AwsAccount, query: str = "stats x", *, ago: int = 60, groups: tuple[str, ...] = ("/a",)) -> LogLookup:
    """One tool call about the hour that ended so many minutes ago."""
    end = NOW - timedelta(minutes=ago)
    budget, estimate = QueryBudget(), Estimate(None, 0.0, "")
    lookup = LogLookup(of, groups, [(end - timedelta(hours=1), end)], budget, estimate)
    lookup.ask(query, 100)
    return lookup


def test_the_result_of_a_window_that_is_over_is_given_again_and_nothing_is_paid(run_queries: list[Any]) -> None:
    place = account()
    first, again = look(place), look(place)
    assert len(run_queries) == 1
    assert (first.usage["read_gb"], first.usage["queries"]) == (1.0, 1) and "queries_reused" not in first.usage
    assert (again.usage["read_gb"], again.usage["queries"], again.usage["queries_reused"]) == (0.0, 1, 1)


def test_another_query_window_group_or_identity_is_asked(run_queries: list[Any]) -> None:
    place = account()
    look(place)
    look(place, "stats max(@duration)")
    look(place, ago=61)
    look(place, groups=("/a", "/b"))
    look(account(key="AKIA2"))
    assert len(run_queries) == 5


def test_what_reaches_to_now_is_kept_for_seconds_and_what_was_stopped_not_at_all(
    run_queries: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = account()
    look(place, ago=0)
    look(place, ago=0)
    assert len(run_queries) == 1
    monkeypatch.setattr("mcp_servers.serving.reuse.time.monotonic", later(6))
    look(place, ago=0)
    assert len(run_queries) == 2
    look(place, "slow")
    look(place, "slow")
    assert len(run_queries) == 4


def test_without_a_time_to_keep_it_nothing_is_reused(run_queries: list[Any]) -> None:
    place = account(reuse_seconds=0)
    look(place)
    look(place)
    assert len(run_queries) == 2


def later(seconds: float) -> Any:
    moment = time.monotonic() + seconds
    return lambda: moment
