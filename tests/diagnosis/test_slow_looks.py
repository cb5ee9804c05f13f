"""Time that passes while nobody looks says nothing about what was seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from sre_agent.diagnosis.evidence_set import EvidenceSet
from sre_agent.domain.finding import Evidence

from .pictures import NOW, WORKLOAD, asked, minutes, seen, thing


def logs(as_of: datetime, last: datetime, **arguments: Any) -> Evidence:
    """A log that has said something every five seconds, as somebody read it."""
    attributes: dict[str, Any] = {
        "count": 60,
        "first": (last - timedelta(minutes=5)).isoformat(),
        "last": last.isoformat(),
    }
    return asked(
        "kubectl_logs", [seen("log.connection_failed", WORKLOAD, last, **attributes)], as_of=as_of, **arguments
    )


def elsewhere(as_of: datetime) -> Evidence:
    return asked("kubectl_get", [seen("pod.ready", thing("Pod", "cart-1"))], as_of=as_of)


def current(*evidence: Evidence) -> bool:
    evidence_set = EvidenceSet(evidence)
    return any(evidence_set.current(one) for one in evidence_set.with_code("log.connection_failed"))


@pytest.mark.parametrize("minutes_later", [2, 20])
def test_a_log_that_nobody_read_again_has_not_fallen_silent(minutes_later: int) -> None:
    assert current(logs(NOW, NOW), elsewhere(NOW + timedelta(minutes=minutes_later)))


def test_a_log_that_was_silent_when_it_was_read_is_silent() -> None:
    assert not current(logs(NOW, minutes(3)))


def test_a_log_that_was_read_again_in_another_way_and_had_no_new_line_has_fallen_silent() -> None:
    later = NOW + timedelta(minutes=3)
    calm = asked("kubectl_logs", [seen("log.no_errors", WORKLOAD)], as_of=later, since_seconds=60)
    assert current(logs(NOW, NOW)) and not current(logs(NOW, NOW), calm)


def test_a_container_that_ended_a_while_before_the_look_stays_recent_while_others_are_asked() -> None:
    last_run = seen("container.ended_with_error", thing("Pod", "cart-1"), minutes(8), container="cart", restarts=1)
    slow = EvidenceSet(
        [asked("kubectl_triage", [last_run]), asked("kubectl_logs", [], as_of=NOW + timedelta(minutes=6))]
    )
    assert [slow.current(one) for one in slow.with_code(last_run.code)] == [True]
