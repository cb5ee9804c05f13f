"""What range queries of the lab's Prometheus cost over a thousand series."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sre_lab.scenario import ClusterSpec
from sre_lab.world import new_world
from tests.bench.figures import Figure
from tests.lab_prometheus.samples import Store
from tests.lab_telemetry.conftest import START, Lab

QUERIES = ("rate(hits_total[5m])", "sum by (group) (rate(hits_total[5m]))", "hits_total")
SERIES = 1000


def figures() -> Iterator[Figure]:
    lab = Lab(new_world(ClusterSpec(), START, 1))
    try:
        store = Store(lab)
        for place in range(SERIES):
            store.load(f'hits_total{{group="{place % 10}",pod="{place}"}}', "0+7x260", step=15)
        for promql in QUERIES:
            cpu_seconds = min(_seconds(lab, promql) for _ in range(3))
            yield Figure(
                f"prometheus: {promql} of {SERIES} series over an hour, each 15 s", cpu_seconds, "s of CPU", 3.0
            )
    finally:
        lab.close()


def _seconds(lab: Lab, promql: str) -> float:
    """CPU seconds of the query, of which reading the answer here is a part."""
    before = time.process_time()
    answer = lab.ask("query_range", query=promql, start=START - 3600, end=START, step=15)
    cpu_seconds = time.process_time() - before
    assert len(answer.json()["data"]["result"]) in (10, SERIES)
    return cpu_seconds
