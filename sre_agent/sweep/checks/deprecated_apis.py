"""APIs that somebody still asks for and that a coming version of Kubernetes does not serve any more."""

from __future__ import annotations

from typing import Final

from mcp_servers.contract.facts import Subject
from sre_agent.domain.series_labels import series_labels
from sre_agent.sweep.checks.contract import CheckOutcome, SweepCheck, SweepScope, outcome
from sre_agent.sweep.checks.risks import risk

NAME: Final = "deprecated_apis"
METRIC: Final = 'apiserver_requested_deprecated_apis{removed_release!=""}'
QUERY: Final = f"max by (group, version, resource, removed_release) ({METRIC})"


async def _run(scope: SweepScope) -> CheckOutcome:
    if "prometheus" not in scope.servers:
        return CheckOutcome()
    call = await scope.ask("prometheus", "prometheus_query", {"promql": QUERY})
    troubles = []
    for row in call.answer.data.get("results", []) if call.answer is not None else []:
        labels = series_labels(str(row.get("series", "")))
        if removed_in := labels.get("removed_release"):
            api = "/".join(labels[name] for name in ("group", "version", "resource") if labels.get(name))
            about = Subject(scope="cluster", kind="Api", name=api)
            text = f"{api} is still in use, and Kubernetes {removed_in} no longer serves it."
            troubles.append(risk(NAME, "SEV4", about, text, call))
    return outcome(troubles, [call])


CHECK: Final = SweepCheck(
    name=NAME,
    title="deprecated APIs in use, by the API server's own count in Prometheus",
    permission="read access to /api/v1/query; aps:QueryMetrics",
    run=_run,
    of_cluster=True,
)
