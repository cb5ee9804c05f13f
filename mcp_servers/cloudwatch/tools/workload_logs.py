"""What the pods of a workload wrote to CloudWatch: the tool `workload_logs`.

A cluster that ships its logs keeps them where `kubectl logs` shows none: pods that were replaced, nodes that are gone,
programs whose log the kubelet has rotated away.
"""

from __future__ import annotations

import json
import re
from typing import Final

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.insights import Row
from mcp_servers.cloudwatch.reads.log_groups import MOST_GROUPS, PAGES, lines, look, quote
from mcp_servers.contract.bounds import excerpt, untrusted
from mcp_servers.contract.facts import Answer, Coverage, Subject
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.registry import read_tool
from mcp_servers.serving.windows import window
from mcp_servers.signals.logs.signs import signs

READ: Final = 2_000  # newest lines
SHOWN: Final = 20
SIGNED: Final = 12
CELL: Final = 240
SHIPPED: Final = frozenset({"containerinsights", "containers", "kubernetes", "k8s", "eks", "pods"})  # parts of names
CONTROL_PLANE: Final = re.compile(r"^/aws/eks/[^/]+/cluster$")
_IN_STREAM: Final = re.compile(r"_(?P<namespace>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)_")  # POD_NAMESPACE_CONTAINER-ID.log


class WorkloadLogs:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Logs that a workload shipped")
    def workload_logs(
        self,
        namespace: inputs.WorkloadNamespace,
        name: inputs.WorkloadName,
        kind: inputs.WorkloadKind = "Deployment",
        cluster: inputs.ClusterName = "",
        start: inputs.Start = "-1h",
        end: inputs.End = "now",
        max_gb: inputs.MaxGb = 10.0,
    ) -> Answer:
        """The newest 2,000 lines that a workload's pods shipped to CloudWatch, and the errors among them.

        Looks in the log groups of clusters (Container Insights, Fluent Bit and the like, and those named after the
        cluster, namespace or workload) for streams and records of pods with the workload's name. For pods whose log
        the cluster itself no longer has.
        """
        groups, gaps = self._groups({cluster, namespace, name} - {""})
        if not groups:
            text = "No log group looks like one that a cluster ships its logs to."
            return Answer(text=text, as_of=self._account.now(), coverage=gaps)
        lookup = look(self._account, groups, [window(start, end, self._account.now)], 20.0, max_gb)
        pod = rf"(^|[^a-z0-9-]){quote(name)}-[a-z0-9]"
        pattern = rf"pod_?name[^a-z0-9]+{quote(name)}-[a-z0-9]"
        query = (
            "fields @timestamp, @logStream, @message"
            f" | filter @logStream like /{pod}/ or @message like /{pattern}/ | sort @timestamp desc"
        )
        result = lookup.ask(query, READ)
        own = [row for row in result.rows if _namespace(row) in ("", namespace)]
        subject = Subject(scope=cluster, kind=kind, namespace=namespace, name=name)
        pod_lines = lines(own)
        return Answer(
            text="\n".join(
                [
                    f"{len(pod_lines)} lines of pods of {namespace}/{name} in {lookup.name}. "
                    f"{lookup.estimate.sentence}",
                    *(untrusted(excerpt(line, CELL)) for _, line in pod_lines[-SHOWN:]),
                ]
            ),
            as_of=result.as_of,
            data={"lines": len(pod_lines), "log_groups": groups, **lookup.usage},
            observations=signs(pod_lines, subject)[:SIGNED] if pod_lines else [],
            coverage=[
                lookup.coverage(f"lines of pods of {namespace}/{name} in {lookup.name}"[:300], result, READ),
                *gaps,
                *lookup.gaps,
            ],
        )

    def _groups(self, names: set[str]) -> tuple[list[str], list[Coverage]]:
        """The log groups that may hold what pods wrote, and what of the list could not be read."""
        pages = self._account.pages("logs", "describe_log_groups", limit=PAGES, mark="nextToken")
        every = [str(group["logGroupName"]) for page in pages for group in page["logGroups"]]
        groups = [group for group in every if not CONTROL_PLANE.match(group) and (SHIPPED | names) & set(_parts(group))]
        cut = pages.cut or len(groups) > MOST_GROUPS
        coverage = Coverage(looked_at="log groups of clusters", state="truncated" if cut else "complete")
        return groups[:MOST_GROUPS], [coverage, *self._account.gaps()]


def _parts(group: str) -> list[str]:
    return [part for part in re.split(r"[/.]", group) if part]


def _namespace(row: Row) -> str:
    """The namespace that a record or its stream names; empty where neither does."""
    try:
        record = json.loads(row.get("@message", ""))
    except ValueError:
        record = None
    if isinstance(record, dict) and isinstance(about := record.get("kubernetes"), dict):
        return str(about.get("namespace_name") or "")
    match = _IN_STREAM.search(row.get("@logStream", ""))
    return match["namespace"] if match else ""
