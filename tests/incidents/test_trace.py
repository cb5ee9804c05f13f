"""The trace of a run, read back from the daemon: one tree with everything in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from sre_agent import trace
from sre_agent.settings import TracingSettings
from sre_agent.trace import otlp, xray
from tests.collectors import otlp_collector
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
BIGGEST = 64 * 1024


async def test_one_incident_is_one_tree_with_every_agent_call_approval_and_write(
    stage: Callable[[str], AbstractContextManager[Stage]],
) -> None:
    with stage("evening-traffic") as it, otlp_collector() as (endpoint, spans):
        collector = otlp.from_settings(TracingSettings(otlp_endpoint=endpoint))
        trace.listen(collector)
        async with it.runtime(trace="xray") as runtime:
            incident, _ = await it.respond(runtime)
            ledger = await runtime.store.ledger(incident.id)
        trace.stop(collector)
        documents = it.segments(incident.trace_id)

    by_id: dict[str, dict[str, Any]] = {}
    for document in documents:
        if document["id"] not in by_id or not document.get("in_progress"):
            by_id[document["id"]] = document
    roots = [d for d in by_id.values() if not d.get("parent_id")]
    assert len(roots) == 1 and not roots[0]["in_progress"]
    assert roots[0]["annotations"]["incident_id"] == incident.id
    assert roots[0]["annotations"]["status"] == "remediated"
    assert roots[0]["metadata"]["default"]["final_status"] == "remediated/fixed"
    assert {d["parent_id"] for d in by_id.values() if d.get("parent_id")} <= set(by_id), "no orphans"

    names = [d["name"] for d in by_id.values()]
    assert {"kubernetes", "metrics", "logs", "diagnose", "plan", "gate", "remediate", "verify", "report"} <= set(names)
    calls = [n for n in names if n.count(".") == 1 and not n.startswith("MCP")]
    assert len(calls) == len(ledger), "every tool call is in the trace"
    assert names.count("write kubectl_set_resources") == 1
    [approval] = [d for d in by_id.values() if d["name"] == "approval"]
    assert approval["parent_id"] == roots[0]["id"], "a human's time belongs to no run"
    requests = [d for d in by_id.values() if d["name"].startswith(("Kubernetes ", "cloudwatch:", "logs:"))]
    assert {d["name"] for d in requests} > {"Kubernetes GET", "Kubernetes PATCH", "cloudwatch:DescribeAlarms"}
    assert all("tools/call" in by_id[d["parent_id"]]["name"] for d in requests), "below the call that made them"

    own = [span for span in spans if span.trace_id.hex() == incident.trace_id.replace("-", "")[1:]]
    by_otlp = {span.span_id.hex(): (span.name, span.parent_span_id.hex()) for span in own}
    by_sanitised_name = {id_: (xray.NOT_IN_A_NAME.sub("_", name), parent) for id_, (name, parent) in by_otlp.items()}
    assert by_sanitised_name == {id_: (d["name"], d.get("parent_id", "")) for id_, d in by_id.items()}, (
        "the same tree by OTLP"
    )

    for document in by_id.values():
        if document["name"].startswith("kubernetes.kubectl_logs"):
            owner = by_id[document["parent_id"]]
            assert owner["name"] in ("logs", "gate", "verify")  # the gate looks again after an approval
        assert len(str(document)) < BIGGEST


async def test_agents_that_work_in_parallel_stand_side_by_side(
    stage: Callable[[str], AbstractContextManager[Stage]],
) -> None:
    with stage("quiet-ledger") as it:
        async with it.runtime(trace="xray") as runtime:
            incident, _ = await it.respond(runtime)
        by_id = {d["id"]: d for d in it.segments(incident.trace_id)}
    agents = [d for d in by_id.values() if d["name"] in ("kubernetes", "metrics", "logs")]
    assert len(agents) >= 3
    assert {by_id[d["parent_id"]]["name"] for d in agents} == {"sre_workflow"}
