"""What Prometheus repeats beyond its now, and the last round of scrapes, are no values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server_prometheus.serving import START, ask, matrix, structure

pytestmark = pytest.mark.anyio
LATER = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:04:00Z", "step": "60s"}  # its now is 12:00:00


@pytest.mark.parametrize("tool", ["query_range", "analyze"])
@pytest.mark.parametrize("tail", [[0.0] * 5, [4.0] * 5, []], ids=["zeros", "a half", "nothing"])
async def test_a_tail_that_is_not_settled_changes_no_judgement(tool: str, tail: list[float]) -> None:
    arguments: dict[str, Any] = {"promql": "requests_total", **LATER} | (
        {"history_days": 0.0} if tool == "analyze" else {}
    )
    values = [10.0 + i % 2 for i in range(60)] + tail  # the tail begins at 12:00:00
    answer = structure(await ask(lambda _: matrix(({"job": "web"}, values), start=START), tool, **arguments))
    assert [observation["code"] for observation in answer["observations"]] == ["metric.steady"]
    [series] = answer["data"]["series"]
    assert series["summary"]["last_at"] == "2026-03-01T11:59:00Z"
    assert answer["coverage"][0]["end"] == "2026-03-01T11:59:45Z"
