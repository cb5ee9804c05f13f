"""An expression that could make up series or labels is answered with its numbers, and no fact is made of it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.server_prometheus.serving import WINDOW, ask, matrix, structure

pytestmark = pytest.mark.anyio
LABELS = {"__name__": "StatusCheckFailed", "node": "worker-1"}
SHIFT = [0.0] * 40 + [1.0] * 20
MADE_UP = (
    'label_replace(label_replace(vector(time() > bool 1772365200),"node","worker-1","",""),'
    '"__name__","StatusCheckFailed","","")',
    'label_join(up, "node", ",", "instance")',
    "up * (time() > bool 1772365200)",
    "up offset 30m",
    "up @ 1772365200",
    "up or vector(1)",
    "up{} * on() group_left(node) kube_node_info",
    "kube_node_info / on(node) group_left() up",
    'count_values("node", kube_node_info)',
    "max_over_time(up[7d])",
    "max_over_time(up[5m:1m])",
    'absent(up{node="worker-1"})',
    "up * 0",
    "up / Inf",
    "time()",
    "1",
    "up # a comment",
    "(" * 5_000,
)
READINGS = (
    'up{node="worker-1"}',
    '{__name__="up", node!~"a|b"}',
    'sum by (node) (rate(errors_total{code=~"5.."}[5m]))',
    "sum(rate(errors[5m])) by (pod) / sum(rate(requests[5m])) by (pod)",
    "100 * (errors / requests)",
    "histogram_quantile(0.99, sum by (le) (rate(seconds_bucket[5m])))",
)


def answering(_: Request) -> Response:
    return matrix((LABELS, SHIFT))


@pytest.mark.parametrize(
    ("tool", "promql"), [("prometheus_analyze", MADE_UP[0]), *(("prometheus_query_range", one) for one in MADE_UP)]
)
async def test_what_could_make_up_series_gives_numbers_and_no_observations(tool: str, promql: str) -> None:
    answer = structure(await ask(answering, tool, promql=promql, **WINDOW))
    assert answer["observations"] == [] and answer["data"]["series"]
    assert "no evidence" in answer["coverage"][0]["detail"] and answer["coverage"][0]["state"] == "complete"


@pytest.mark.parametrize(
    ("tool", "promql"), [("prometheus_analyze", READINGS[0]), *(("prometheus_query_range", one) for one in READINGS)]
)
async def test_a_reading_keeps_its_observations(tool: str, promql: str) -> None:
    answer = structure(await ask(answering, tool, promql=promql, **WINDOW))
    assert answer["observations"][0]["code"] == "metric.level_changed"


async def test_what_may_be_made_up_is_not_told_to_have_moved_with_a_series() -> None:
    others: Any = ["cpu", 'label_replace(cpu, "node", "worker-1", "", "")']
    answer = structure(await ask(answering, "prometheus_analyze", promql="errors", others=others, **WINDOW))
    neighbours = [observation for observation in answer["observations"] if observation["code"] == "metric.moved_with"]
    assert len(answer["data"]["moved"]) == 2 and len(neighbours) == 1
