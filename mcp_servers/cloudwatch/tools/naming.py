"""Tool `find_resources`: which resources of the account a name may mean, by what tells that they exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from mcp_servers.cloudwatch import inputs
from mcp_servers.cloudwatch.reads.dimensions import AWS_KINDS, bare
from mcp_servers.contract.facts import Answer, Coverage
from mcp_servers.serving import cursors
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.markdown import table
from mcp_servers.serving.near_names import alike
from mcp_servers.serving.registry import read_tool

METRIC_PAGES: Final = 4  # of 500 metrics of one dimension
ALARM_PAGES: Final = 20
GROUP_PAGES: Final = 10
NEAR: Final = 0.6
DISPLAY_LIMIT: Final = 40
GROUPS: Final = {"Function": "/aws/lambda/", "Database": "/aws/rds/instance/"}  # what writes into groups of its name
KINDS: Final = tuple(dict.fromkeys(kind for kind in AWS_KINDS.values() if kind != "Service"))

Kind = Literal["Table", "Database", "Cache", "Queue", "Function", "LoadBalancer", "NatGateway"]


@dataclass
class KnownResources:
    """The resources that are there, and what could not be read or not to its end."""

    names: set[tuple[str, str]] = field(default_factory=set)  # kind, name
    coverage: list[Coverage] = field(default_factory=list)
    as_of: datetime | None = None
    problem: TeachingError | None = None


class Naming:
    def __init__(self, account: AwsAccount) -> None:
        self._account = account

    @read_tool("Find AWS resources")
    def find_resources(
        self, name: inputs.LookedForName = "", kinds: inputs.Kinds = None, cursor: inputs.Cursor = ""
    ) -> Answer:
        """Find tables, databases, caches, queues, functions, load balancers and NAT gateways by name, exact
        matches first, then similar ones; without a name, all of them.

        Sources are the dimensions of metrics of the last two weeks and of alarms, and log groups of that
        name. `kinds` limits the kinds. `data.matches` holds {kind, namespace (empty), name, exact, score from 0 to
        1}.
        """
        start = cursors.offset(cursor)
        wanted = set[str](kinds or KINDS)
        known = self._known_resources(bare(name.strip()), wanted)
        if known.as_of is None:
            assert known.problem is not None
            raise known.problem
        matches = _matches(bare(name.strip()), known.names)
        told, after = matches[start : start + DISPLAY_LIMIT], start + DISPLAY_LIMIT
        more = cursors.encode(offset=after) if after < len(matches) else ""
        exact = sum(one["exact"] for one in matches)
        head = f"{exact} exact matches for {name}" if name else f"{len(matches)} resources"
        rows = [[one["kind"], one["name"], "yes" if one["exact"] else f"near ({one['score']})"] for one in told]
        return Answer(
            text=f"{head} in {self._account.scope}."
            + (f"\n\n{table(['kind', 'name', 'exact'], rows)}" if rows else "")
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=known.as_of,
            data={"scope": self._account.scope, "matches": told, "cursor": more},
            coverage=[*known.coverage, *self._account.gaps()],
            left_out={"matches": len(matches) - after} if more else {},
        )

    def _known_resources(self, name: str, wanted: set[str]) -> KnownResources:
        known = KnownResources()
        dimensions = [one for one, kind in AWS_KINDS.items() if kind in wanted]
        for dimension in dimensions:
            params: dict[str, Any] = {"Dimensions": [{"Name": dimension}]}
            listed = self._pages(
                known, "cloudwatch", "list_metrics", METRIC_PAGES, f"metrics with a {dimension}", params
            )
            _keep(known, [one["Dimensions"] for page in listed for one in page.get("Metrics", [])], wanted)
            cut = known.coverage[-1].state == "truncated"
            if cut and name and (AWS_KINDS[dimension], name) not in known.names:
                params = {"Dimensions": [{"Name": dimension, "Value": name}]}
                listed = self._pages(known, "cloudwatch", "list_metrics", 1, f"metrics of {dimension} {name}", params)
                _keep(known, [one["Dimensions"] for page in listed for one in page.get("Metrics", [])], wanted)
        alarms = self._pages(known, "cloudwatch", "describe_alarms", ALARM_PAGES, "dimensions of alarms", {})
        _keep(known, [one.get("Dimensions", []) for page in alarms for one in page.get("MetricAlarms", [])], wanted)
        for kind, prefix in GROUPS.items():
            if kind in wanted:
                params = {"logGroupNamePrefix": prefix, "mark": "nextToken"}
                groups = self._pages(known, "logs", "describe_log_groups", GROUP_PAGES, f"log groups {prefix}", params)
                for group in (one["logGroupName"] for page in groups for one in page.get("logGroups", [])):
                    known.names.add((kind, group.removeprefix(prefix).split("/")[0]))
        return known

    def _pages(
        self, known: KnownResources, service: str, operation: str, limit: int, what: str, params: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The pages, with what they cover; none where they cannot be read. Raises TeachingError where AWS is out of
        reach before anything was read: the rest would wait for the same."""
        pages = self._account.pages(service, operation, limit=limit, **params)
        try:
            found = list(pages)
        except TeachingError as problem:
            if problem.kind == "unavailable" and known.as_of is None:
                raise
            known.problem = known.problem or problem
            known.coverage.append(gap(problem, what))
            return []
        known.as_of = pages.as_of
        known.coverage.append(Coverage(looked_at=what, state="truncated" if pages.cut else "complete"))
        return found


def _keep(known: KnownResources, dimensions: list[list[dict[str, str]]], wanted: set[str]) -> None:
    for pair in (pair for pairs in dimensions for pair in pairs):
        if (kind := AWS_KINDS.get(pair["Name"])) in wanted:
            known.names.add((str(kind), bare(pair["Value"])))


def _matches(name: str, known: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """The nearest first; without a name all, by kind and name."""

    def scored() -> Iterator[tuple[float, str, str]]:
        for kind, other in known:
            score = alike(name, other) if name else 1.0
            if score >= NEAR:
                yield score, kind, other

    ranked = sorted(scored(), key=lambda one: (one[2] != name, -one[0], KINDS.index(one[1]), one[2]))
    return [
        {"kind": kind, "namespace": "", "name": other, "exact": score == 1.0, "score": round(score, 2)}
        for score, kind, other in ranked
    ]
