"""What a replay's result file holds."""

from __future__ import annotations

from typing import Any

from sre_agent.cli.replay import evidence_rows
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.report import EvidenceLine


def line(**more: Any) -> EvidenceLine:
    return EvidenceLine(
        number="E1", id=EvidenceId("ev-1"), agent="kubernetes", server="kubernetes", tool="kubectl_get", **more
    )


def test_an_error_of_a_failed_call_is_no_excerpt_of_the_world() -> None:
    success = line(arguments={"name": "web"}, excerpt="back-off restarting failed container")
    failed = line(arguments={"name": "gone"}, excerpt="[not_found] kubectl_get(gone): there is none.", failed=True)
    assert [entry["excerpt"] for entry in evidence_rows([success, failed])] == [
        "back-off restarting failed container",
        "",
    ]
    assert [entry["arguments"] for entry in evidence_rows([success, failed])] == [{"name": "web"}, {"name": "gone"}]
