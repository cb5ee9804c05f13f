"""What AWS could not tell for a while is a gap that a later call may fill, and never a fact."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount
from sre_lab.aws.errors import AwsError
from tests.server_aws.asking import call
from tests.server_aws.wire import Wire

pytestmark = pytest.mark.anyio
HOUR = {"start": "2026-03-01T11:00:00Z", "end": "2026-03-01T12:00:00Z"}


async def test_metrics_that_could_not_be_listed_beside_a_sparse_counter_are_a_gap(
    wire: Wire, account: AwsAccount
) -> None:
    """They tell whether the program that sends the counter is alive."""

    def busy(_params: dict[str, Any]) -> dict[str, Any]:
        raise AwsError("InternalFailure", "try again", status=500)

    wire.operations["ListMetrics"] = busy
    wire.operations["GetMetricData"] = lambda _params: {"MetricDataResults": [], "Messages": []}
    answer = await call(account, "get_metric", namespace="Shop", metric="Errors", dimensions={"Service": "web"}, **HOUR)
    coverage = [Coverage.model_validate(entry) for entry in answer["coverage"]]
    assert [part.looked_at for part in coverage if part.is_transient] == ["metrics beside Errors"]
