"""The parameters of this server's tools, each described once: a client shows a model these words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mcp_servers.serving.inputs import At as At
from mcp_servers.serving.inputs import Cursor as Cursor
from mcp_servers.serving.inputs import End as End
from mcp_servers.serving.inputs import Start as Start

PromQL = Annotated[str, Field(description='PromQL expression: rate(http_requests_total{namespace="shop"}[5m]).')]
Step = Annotated[str, Field(description="Resolution step: 30s, 5m, or seconds.")]
SeriesSelector = Annotated[str, Field(description='Series selector: kube_pod_info{namespace="shop"}.')]
Limit = Annotated[float | None, Field(description="Limit to compare with, in the series' unit. Default: none.")]
HistoryDays = Annotated[float, Field(description="Days before the window that serve as baseline, up to 30.")]
Others = Annotated[
    list[str] | None, Field(description="Up to 20 expressions: which of them moved with it. Default: none.")
]
RuleName = Annotated[str, Field(description="Part of the rule's or its group's name. Empty: all.")]
RuleType = Annotated[
    Literal["", "alert", "record"], Field(description="Only alerting or recording rules. Empty: both.")
]
Job = Annotated[str, Field(description="Part of the scrape job's name. Empty: all.")]
Health = Annotated[
    Literal["", "up", "down", "unknown"], Field(description="Only targets with this health. Empty: any.")
]
Matchers = Annotated[
    list[str] | None, Field(description='Matchers: ["alertname=\\"X\\"", "namespace=~\\"shop|pay\\""]. Default: none.')
]
Expired = Annotated[bool, Field(description="Include expired silences.")]
