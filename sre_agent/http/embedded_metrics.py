"""The figures that alarms go by, in the log once a minute, as CloudWatch reads metrics out of log lines.

For where nobody scrapes `/metrics`, as in AgentCore Runtime. The form is CloudWatch's embedded metric format; names are
those of `/metrics`, the dimension is the service's name.
"""

from __future__ import annotations

import asyncio
from math import isnan
from typing import Any, Final

import structlog
from prometheus_client import Gauge

from sre_agent.http.metrics import ServiceMetrics
from sre_agent.http.scrape import update_metrics
from sre_agent.http.service import Service
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

LOG = structlog.get_logger("sre_agent.metrics")
EVERY_SECONDS: Final = 60.0
NAMESPACE: Final = "SreAgent"


async def write_embedded(service: Service, metrics: ServiceMetrics) -> None:
    """A line now and then, until it is cancelled."""
    while True:
        await write_line(service, metrics)
        await asyncio.sleep(EVERY_SECONDS)


async def write_line(service: Service, metrics: ServiceMetrics) -> None:
    """One line, with the figures of now; one that says why there are none while the store does not answer."""
    try:
        await update_metrics(service, metrics)
    except STORAGE_ERRORS as problem:
        LOG.warning("metrics", action="look", status="unavailable", error=str(problem))
        return
    at = int(service.clock.now().timestamp() * 1000)
    LOG.info("metrics", **embedded(metrics, service.settings.embedded_metrics, at))


def embedded(metrics: ServiceMetrics, service: str, at: int) -> dict[str, Any]:
    """The fields of one line; `at` is in milliseconds. A model's health is 0 where none answers: without any model
    there is no such figure, and no alarm about it; likewise without a place of backups."""
    values = {
        "agent_approvals_waiting": _values(metrics.approvals)[0],
        "agent_cost_usd": _values(metrics.cost)[0],
        "active_agents": _values(metrics.active)[0],
        **({"agent_backup_age_seconds": age} if not isnan(age := _values(metrics.backup_age)[0]) else {}),
        **({"llm_provider_healthy": max(healthy)} if (healthy := _values(metrics.provider)) else {}),
    }
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name} for name in values],
    }
    return {"_aws": {"Timestamp": at, "CloudWatchMetrics": [directive]}, "service": service, **values}


def _values(gauge: Gauge) -> list[float]:
    return [sample.value for metric in gauge.collect() for sample in metric.samples]
