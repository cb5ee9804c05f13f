"""A rollout just before a trouble began is told as a fact beside the cause, whatever that is."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Observation
from sre_agent.domain.diagnosis import Diagnosis

from .pictures import WORKLOAD, asked, minutes, seen, weigh
from .test_crash_and_aws import SERVICE, at_limit, firing, look, serving, slow

CHANGE = "env CACHE_PREFIX of cart: v7: -> v8:"


def rolled_out(minutes_ago: float, *changes: str) -> Observation:
    return seen("rollout.started", WORKLOAD, minutes(minutes_ago), revision=7, changes=list(changes), revision_before=6)


def diagnosis(*more: Observation) -> Diagnosis:
    """Of a workload that has been slow for nine minutes, while it is at its CPU limit."""
    history = asked("kubectl_rollout_history", list(more), kind="Deployment")
    return weigh([serving(), look(at_limit(), slow()), firing(SERVICE), history]).diagnosis


def test_the_rollout_shortly_before_is_told_with_what_it_changed_and_is_no_cause() -> None:
    with_rollout = diagnosis(rolled_out(13, CHANGE, "annotation deployment.kubernetes.io/revision changed"))
    assert with_rollout.hypothesis is not None and with_rollout.hypothesis.failure_class == "cpu_throttled"
    at = "2026-03-04T11:47:00Z"
    assert f"Revision 7 was rolled out shortly before, at {at}, and changed {CHANGE}." in with_rollout.statement


@pytest.mark.parametrize("rollout", [rolled_out(90, CHANGE), rolled_out(5, CHANGE), rolled_out(13)],
                         ids=["long before", "after it began", "without a change"])  # fmt: skip
def test_another_rollout_is_not_told(rollout: Observation) -> None:
    assert "Revision 7" not in diagnosis(rollout).statement
