"""The trace of an incident, made of what is kept of its calls."""

from __future__ import annotations

import io

from rich.console import Console

from sre_agent.cli.waterfall import documents_of, waterfall
from tests.reports.test_reports import LEDGER, at, incident


def test_the_calls_of_an_incident_stand_below_the_agents_that_made_them() -> None:
    by_id = {one["id"]: one for one in documents_of(incident(ended_at=at(4)), LEDGER)}
    assert by_id["inc-1"]["name"] == "inc-1" and by_id["kubernetes 1"]["parent_id"] == "inc-1"
    assert by_id["ev-1"]["parent_id"] == "kubernetes 1"
    assert by_id["ev-1"]["name"] == "kubernetes.kubectl_explain_workload"
    assert by_id["inc-1"]["end_time"] == at(4).timestamp()


def test_a_call_that_failed_is_marked_and_an_incident_without_calls_has_a_trace_too() -> None:
    failed = LEDGER[0].model_copy(update={"answer": None, "error": "[denied] logs"})
    assert [one["id"] for one in documents_of(incident(), [failed]) if one.get("fault")] == ["ev-0"]
    out = Console(file=io.StringIO(), width=80)
    out.print(waterfall(documents_of(incident(), []), 80))
    assert "inc-1" in out.file.getvalue()  # type: ignore[attr-defined]
