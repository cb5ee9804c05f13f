"""What CloudWatch reads out of the log where nobody scrapes `/metrics`."""

from __future__ import annotations

import json

import jsonschema
import pytest
from structlog.testing import capture_logs

from sre_agent.http.embedded_metrics import embedded, write_line
from tests.http.conftest import Site

pytestmark = pytest.mark.anyio
DIRECTIVES = {  # of CloudWatch's embedded metric format
    "type": "object",
    "required": ["Timestamp", "CloudWatchMetrics"],
    "properties": {
        "Timestamp": {"type": "integer", "minimum": 1_000_000_000_000},
        "CloudWatchMetrics": {
            "type": "array",
            "items": {
                "required": ["Namespace", "Dimensions", "Metrics"],
                "properties": {
                    "Dimensions": {"items": {"type": "array", "minItems": 1, "maxItems": 30}},
                    "Metrics": {"maxItems": 100, "items": {"required": ["Name"]}},
                },
            },
        },
    },
}


@pytest.mark.parametrize("settings", [{"embedded_metrics": "sre-agent"}], indirect=True)
async def test_a_line_is_what_cloudwatch_takes_metrics_out_of(site: Site) -> None:
    with capture_logs() as lines:
        await write_line(site.service, site.metrics)
    line = json.loads(json.dumps(lines[0]))
    jsonschema.validate(line["_aws"], DIRECTIVES)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    names = {metric["Name"] for metric in directive["Metrics"]}
    assert {"agent_approvals_waiting", "agent_cost_usd", "active_agents"} <= names
    assert all(isinstance(line[name], float) for name in names)
    assert line["service"] == "sre-agent" and directive["Dimensions"] == [["service"]]


async def test_one_model_that_answers_is_enough_and_none_is_told_by_zero(site: Site) -> None:
    for state, healthy in ((0, 0.0), (1, 1.0)):
        site.metrics.provider.labels("bedrock", "small").set(0)
        site.metrics.provider.labels("bedrock", "large").set(state)
        assert embedded(site.metrics, "sre-agent", 1)["llm_provider_healthy"] == healthy
