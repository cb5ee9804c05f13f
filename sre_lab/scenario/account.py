"""What stands in the AWS account: tables, alarms, runbooks, OpsItems."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from sre_lab.scenario.schema import ScenarioPart, Span
from sre_lab.scenario.shipped_runbooks import shipped_runbook


class TableSpec(ScenarioPart):
    """A DynamoDB table with provisioned capacity."""

    name: str
    key: str
    read_units: int = 5
    write_units: int = 5


class AlarmSpec(ScenarioPart):
    """A CloudWatch alarm, in the words of PutMetricAlarm and PutCompositeAlarm; period 10 s unless said otherwise.

    It watches one metric, or `metrics` (MetricDataQueries of which one returns data), or, with a `rule`, other alarms.
    """

    name: str
    description: str = ""
    metric_namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = {}
    statistic: str = "Sum"
    period: int = 10
    metrics: list[dict[str, Any]] = []
    evaluation_periods: int = 1
    datapoints_to_alarm: int | None = None
    threshold: float = 0.0
    band_width: float | None = None  # standard deviations; the threshold is the expected band, and not a number
    comparison: str = "GreaterThanThreshold"
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = "notBreaching"
    rule: str = ""  # AlarmRule of a composite alarm
    suppressor: str = ""  # the alarm that holds a composite's actions back
    suppressor_wait: Span = 0.0
    suppressor_extension: Span = 0.0

    @model_validator(mode="after")
    def _watches_one_thing(self) -> Self:
        if sum(map(bool, (self.metric, self.metrics, self.rule))) != 1:
            raise ValueError(f"alarm {self.name}: give exactly one of metric, metrics, and rule")
        return self


class RunbookSpec(ScenarioPart):
    """An SSM Automation document, given as the document itself; or, by `remedy`, one that comes with the product, with
    the defaults of its parameters that Terraform would set."""

    name: str = ""
    content: dict[str, Any] = {}
    tags: dict[str, str] = {}
    remedy: str = ""  # a name in infra/runbooks/remedies.yaml
    defaults: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _take_the_shipped_one(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not value.get("remedy"):
            return value
        name, content, tags = shipped_runbook(value["remedy"])
        for parameter, default in (value.get("defaults") or {}).items():
            content["parameters"][parameter]["default"] = default
        return {"name": name, "content": content, "tags": tags, **value}

    @model_validator(mode="after")
    def _has_content(self) -> Self:
        if not (self.name and self.content):
            raise ValueError(
                "a runbook has a name and its content, or is the remedy of one that comes with the product"
            )
        return self


class OpsItemSpec(ScenarioPart):
    """An OpsItem that was filed `age` before the scenario's history begins; `resources` are ARNs."""

    title: str
    description: str
    source: str
    status: Literal["Open", "InProgress", "Resolved"] = "Open"
    severity: str = ""
    category: str = ""
    resources: list[str] = []
    runbooks: list[str] = []
    data: dict[str, str] = {}
    age: Span = 0.0
