"""What incidents cost and where each engine's limits are, from the requests that one incident was measured to make:
`python -m tests.bench.scale_costs` prints the tables of infra/SCALE.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from infra.checks.costs import COSTS
from tests.bench.scale_simulation import (
    BUSIEST_HOUR,
    SIZES,
    BusiestHour,
    busy_seconds,
    fewest_processes,
    usual_processes,
)

MEASURED: Final = Path(__file__).with_name("incident_calls.yaml")
MONTH_DAYS: Final = 730 / 24
METRICS_OF_A_REQUEST: Final = 5  # that one question to CloudWatch asks for
LOG_GIGABYTES: Final = 0.1  # that Logs Insights scans for an incident; the setting that bounds it says more
STORED_KILOBYTES: Final = 150  # of an incident in the tables, its copies in the index included
KEPT_DAYS: Final = 90
TOKENS: Final = {"input": 60_000, "output": 4_000}  # of an incident for which a chat model is asked


OF_AN_INCIDENT: Final = frozenset(  # prices of which each incident has its part
    {
        *("table_million_writes", "table_million_reads", "table_gigabyte", "queue_million_requests"),
        *("schedule_million", "secret_million_requests", "metric_thousand_asked", "insights_gigabyte"),
        *("model_million_input", "model_million_output"),
    }
)


@dataclass(frozen=True)
class Limit:
    """Of one engine: how much of what a second; `share` says of what: table, account, cluster."""

    engine: str
    a_second: float
    share: str
    of_an_incident: float

    @property
    def incidents(self) -> float:
        """A second that it is enough for."""
        return self.a_second / self.of_an_incident


def table_rows() -> dict[str, dict[str, int]]:
    """What `incident_calls` measured last."""
    figures: dict[str, dict[str, int]] = yaml.safe_load(MEASURED.read_text("utf-8"))
    return figures


def limits() -> list[Limit]:
    """The tightest first. Default quotas of us-east-1; those of an account can be raised."""
    measured = table_rows()
    requests, units, hot = measured["requests"], measured["dynamodb_units"], measured["shared_partition_units"]
    list_, most = max(((name, n) for name, n in hot.items() if name.startswith("list ")), key=lambda one: one[1])
    every = [
        Limit("DynamoDB, the record's partition", 1000, "table", hot["record"]),
        Limit(f"DynamoDB, the index's partition `{list_.removeprefix('list ')}`", 1000, "table", most),
        Limit("DynamoDB, write units of a table", 40_000, "table", units["write"]),
        Limit("SQS FIFO, high throughput", 70_000, "queue", requests["sqs"]),
        Limit("EventBridge Scheduler, requests", 1000, "account", requests["scheduler"]),
        Limit("Secrets Manager, reads", 10_000, "account", requests["secretsmanager"]),
        Limit("KMS, signatures of elliptic curves", 1000, "account", 1),
        Limit("CloudWatch, GetMetricData", 50, "account that is looked into", requests["monitoring"]),
        Limit("EKS, reads of the API server that others do not notice", 200, "cluster", requests["eks"]),
        Limit("SSM, automations of 30 s, 100 at a time", 100 / 30, "account that is looked into", 0.1),
        Limit("Bedrock, 4 million tokens a minute", 4_000_000 / 60, "account and model", sum(TOKENS.values())),
    ]
    return sorted(every, key=lambda one: one.incidents)


def dollars_of_an_incident() -> dict[str, float]:
    """By what they are for; a chat model apart, because it is off unless it is turned on."""
    measured, price = table_rows(), _prices()
    requests, units = measured["requests"], measured["dynamodb_units"]
    storage = STORED_KILOBYTES / 1e6 * price["table_gigabyte"] * KEPT_DAYS / MONTH_DAYS
    tokens = TOKENS["input"] * price["model_million_input"] + TOKENS["output"] * price["model_million_output"]
    return {
        "DynamoDB: writes": units["write"] * price["table_million_writes"] / 1e6,
        "DynamoDB: reads": units["read"] * price["table_million_reads"] / 1e6,
        f"DynamoDB: {STORED_KILOBYTES} kB for {KEPT_DAYS} days": storage,
        "SQS": requests["sqs"] * price["queue_million_requests"] / 1e6,
        "EventBridge Scheduler": requests["scheduler"] * price["schedule_million"] / 1e6,
        "Secrets Manager": requests["secretsmanager"] * price["secret_million_requests"] / 1e6,
        "CloudWatch: metrics": requests["monitoring"] * METRICS_OF_A_REQUEST * price["metric_thousand_asked"] / 1e3,
        "CloudWatch: Logs Insights": LOG_GIGABYTES * price["insights_gigabyte"],
        "Chat model, where one is used": tokens / 1e6,
    }


def month_dollars(hour: BusiestHour, usual: int) -> tuple[float, float, float]:
    """(processes, engines, chat model) of a month of such days: the usual processes, and those of the busiest hour for
    an hour a day."""
    price = _prices()
    of_an_hour = price["fargate_vcpu_hour"] + 2 * price["fargate_gigabyte_hour"]
    process_hours = usual * 24 + max(0, hour.processes - usual)
    of_one = dollars_of_an_incident()
    model = of_one.pop("Chat model, where one is used")
    incidents = hour.a_day * MONTH_DAYS
    return process_hours * MONTH_DAYS * of_an_hour, incidents * sum(of_one.values()), incidents * model


def tables() -> str:
    """The tables of infra/SCALE.md, as Markdown."""
    return "\n\n".join("\n".join(one) for one in (_fleet(), _bill(), _limits()))


def _fleet() -> Iterator[str]:
    usual = busy_seconds(table_rows()["requests"])
    yield (
        "| Incidents a day | a second, in the busiest hour | processes, usually | in the busiest hour | diagnosis, p50"
        " | p95 | $ a month: processes | engines | chat model |"
    )
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for a_day in SIZES:
        hour, processes = fewest_processes(a_day, usual), usual_processes(a_day, usual)
        dollars = " | ".join(f"{one:,.0f}" for one in month_dollars(hour, processes))
        times = f"{hour.p50:.0f} s | {hour.p95:.0f} s"
        rate = a_day * BUSIEST_HOUR / 3600
        yield f"| {a_day:,} | {rate:.2g} | {processes:,} | {hour.processes:,} | {times} | {dollars} |"


def _bill() -> Iterator[str]:
    yield "| What | $ for a thousand incidents |"
    yield "| --- | ---: |"
    for what, dollars in dollars_of_an_incident().items():
        yield f"| {what} | {dollars * 1000:.3f} |"


def _limits() -> Iterator[str]:
    needs = [a_day * BUSIEST_HOUR / 3600 for a_day in SIZES]
    sizes = " | ".join(f"{a_day:,} a day" for a_day in SIZES)
    yield f"| Engine | limit a second | of each | an incident takes | incidents a second | {sizes} |"
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for one in limits():
        used = " | ".join(_percent(need / one.incidents) for need in needs)
        numbers = [_amount(n) for n in (one.a_second, one.of_an_incident, one.incidents)]
        amounts = f"{numbers[0]} | {one.share} | {numbers[1]} | {numbers[2]}"
        yield f"| {one.engine} | {amounts} | {used} |"


def _amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def _percent(part: float) -> str:
    return f"{part:,.0%}" if part >= 0.01 else "<1%"


def _prices() -> Mapping[str, float]:
    data: dict[str, Any] = yaml.safe_load(COSTS.read_text("utf-8"))
    return {name: float(price["dollars"]) for name, price in data["prices"].items()}


if __name__ == "__main__":
    print(tables())
