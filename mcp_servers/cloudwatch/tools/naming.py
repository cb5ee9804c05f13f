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
        selected_kinds = set[str](kinds or KINDS)
        known_resources = self._known_resources(bare(name.strip()), selected_kinds)
        if known_resources.as_of is None:
            assert known_resources.problem is not None
            raise known_resources.problem
        matches = _matches(bare(name.strip()), known_resources.names)
        page, after = matches[start : start + DISPLAY_LIMIT], start + DISPLAY_LIMIT
        more = cursors.encode(offset=after) if after < len(matches) else ""
        exact = sum(one["exact"] for one in matches)
        head = f"{exact} exact matches for {name}" if name else f"{len(matches)} resources"
        rows = [[one["kind"], one["name"], "yes" if one["exact"] else f"near ({one['score']})"] for one in page]
        return Answer(
            text=f"{head} in {self._account.scope}."
            + (f"\n\n{table(['kind', 'name', 'exact'], rows)}" if rows else "")
            + (f"\n\nMore with cursor {more}" if more else ""),
            as_of=known_resources.as_of,
            data={"scope": self._account.scope, "matches": page, "cursor": more},
            coverage=[*known_resources.coverage, *self._account.gaps()],
            left_out={"matches": len(matches) - after} if more else {},
        )

    def _known_resources(self, name: str, selected_kinds: set[str]) -> KnownResources:
        known_resources = KnownResources()
        dimensions = [one for one, kind in AWS_KINDS.items() if kind in selected_kinds]
        for dimension in dimensions:
            params: dict[str, Any] = {"Dimensions": [{"Name": dimension}]}
            pages = self._pages(
                known_resources, "cloudwatch", "list_metrics", METRIC_PAGES, f"metrics with a {dimension}", params
            )
            _keep(
                known_resources,
                [one["Dimensions"] for page in pages for one in page.get("Metrics", [])],
                selected_kinds,
            )
            cut = known_resources.coverage[-1].state == "truncated"
            if cut and name and (AWS_KINDS[dimension], name) not in known_resources.names:
                params = {"Dimensions": [{"Name": dimension, "Value": name}]}
                pages = self._pages(
                    known_resources, "cloudwatch", "list_metrics", 1, f"metrics of {dimension} {name}", params
                )
                _keep(
                    known_resources,
                    [one["Dimensions"] for page in pages for one in page.get("Metrics", [])],
                    selected_kinds,
                )
        alarms = self._pages(known_resources, "cloudwatch", "describe_alarms", ALARM_PAGES, "dimensions of alarms", {})
        _keep(
            known_resources,
            [one.get("Dimensions", []) for page in alarms for one in page.get("MetricAlarms", [])],
            selected_kinds,
        )
        for kind, prefix in GROUPS.items():
            if kind in selected_kinds:
                params = {"logGroupNamePrefix": prefix, "mark": "nextToken"}
                groups = self._pages(
                    known_resources, "logs", "describe_log_groups", GROUP_PAGES, f"log groups {prefix}", params
                )
                for group in (one["logGroupName"] for page in groups for one in page.get("logGroups", [])):
                    known_resources.names.add((kind, group.removeprefix(prefix).split("/")[0]))
        return known_resources

    def _pages(
        self,
        known_resources: KnownResources,
        service: str,
        operation: str,
        limit: int,
        what: str,
        params: dict[str, Any],
    ) -> list[dict[str, Any]]:
        """The pages, with what they cover; none where they cannot be read. Raises TeachingError where AWS is out of
        reach before anything was read: the rest would wait for the same."""
        pages = self._account.pages(service, operation, limit=limit, **params)
        try:
            result = list(pages)
        except TeachingError as problem:
            if problem.kind == "unavailable" and known_resources.as_of is None:
                raise
            known_resources.problem = known_resources.problem or problem
            known_resources.coverage.append(gap(problem, what))
            return []
        known_resources.as_of = pages.as_of
        known_resources.coverage.append(Coverage(looked_at=what, state="truncated" if pages.cut else "complete"))
        return result


def _keep(known_resources: KnownResources, dimensions: list[list[dict[str, str]]], selected_kinds: set[str]) -> None:
    for pair in (pair for pairs in dimensions for pair in pairs):
        if (kind := AWS_KINDS.get(pair["Name"])) in selected_kinds:
            known_resources.names.add((str(kind), bare(pair["Value"])))


def _matches(name: str, resources: set[tuple[str, str]]) -> list[dict[str, Any]]:
    """The nearest first; without a name all, by kind and name."""

    def scores() -> Iterator[tuple[float, str, str]]:
        for kind, other in resources:
            score = alike(name, other) if name else 1.0
            if score >= NEAR:
                yield score, kind, other

    ranked = sorted(scores(), key=lambda one: (one[2] != name, -one[0], KINDS.index(one[1]), one[2]))
    return [
        {"kind": kind, "namespace": "", "name": other, "exact": score == 1.0, "score": round(score, 2)}
        for score, kind, other in ranked
    ]
