"""Reads rule files in the format of Prometheus."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sre_lab.prometheus.promql.parser import parse
from sre_lab.prometheus.promql.tokens import duration
from sre_lab.prometheus.promql.tree import Node

FILE = Path(__file__).parent / "kubernetes.yaml"
DEFAULT_INTERVAL = "1m"


@dataclass(frozen=True)
class PrometheusRule:
    """`wait` is the rule's `for`, in seconds. A recording rule names the series that it makes in `name`."""

    name: str
    query: str
    tree: Node
    recording: bool
    wait: float = 0.0
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return "recording" if self.recording else "alerting"


@dataclass(frozen=True)
class RuleGroup:
    """Rules that are evaluated one after the other, each `interval` seconds."""

    name: str
    file: str
    interval: float
    rules: tuple[PrometheusRule, ...]


@cache
def groups() -> tuple[RuleGroup, ...]:
    """The groups that the lab's Prometheus runs."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(_group(group) for group in content["groups"])


def _group(group: dict[str, Any]) -> RuleGroup:
    interval = duration(str(group.get("interval", DEFAULT_INTERVAL))) or 60.0
    return RuleGroup(str(group["name"]), FILE.name, interval, tuple(_rule(rule) for rule in group["rules"]))


def _rule(rule: dict[str, Any]) -> PrometheusRule:
    query = str(rule["expr"])
    return PrometheusRule(
        name=str(rule.get("record") or rule["alert"]),
        query=query,
        tree=parse(query),
        recording="record" in rule,
        wait=duration(str(rule.get("for", "0s"))) or 0.0,
        labels={name: str(value) for name, value in (rule.get("labels") or {}).items()},
        annotations={name: str(value) for name, value in (rule.get("annotations") or {}).items()},
    )
