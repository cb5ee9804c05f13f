"""One call of each server that says something of the lab, and what its answer has to hold."""

from __future__ import annotations

from typing import Any, NamedTuple


class Call(NamedTuple):
    """`says` is a word that the text of the answer holds, told by the lab alone."""

    tool: str
    arguments: dict[str, Any]
    says: str


CALLS = {
    "kubernetes": Call("kubectl_get", {"kind": "Node"}, "Ready"),
    "cloudwatch": Call("list_alarms", {}, "alarm"),
    "prometheus": Call("prometheus_query", {"promql": "count(up)"}, "count"),
    "ssm": Call("find_runbooks", {"text": "capacity of a table"}, "automation"),
}
