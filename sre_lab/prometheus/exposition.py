"""Everything that the lab's exporters tell at this moment, in the text format that a Prometheus scrapes."""

from __future__ import annotations

from math import isnan

from sre_lab.prometheus.families import MetricFamily, family
from sre_lab.prometheus.promql.arithmetic import number_text
from sre_lab.prometheus.promql.columns import Labels
from sre_lab.prometheus.promql.selection import LOOKBACK_SECONDS, NAME, NAMESPACE
from sre_lab.prometheus.rules.files import groups
from sre_lab.world import World

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OWN = frozenset(("up", "ALERTS", "ALERTS_FOR_STATE"))  # what a Prometheus makes itself of what it scrapes
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", '"': '\\"'})


def text(world: World) -> str:
    """One family after the other; a series whose last sample is old or ended is left out."""
    now = world.clock.now()
    rule_names = {rule.name for group in groups() for rule in group.rules if rule.recording}
    lines: dict[MetricFamily, list[tuple[Labels, str, str]]] = {}
    for (_, name, dimensions), series in world.metrics.find(NAMESPACE):
        if not NAME.match(name) or name in OWN or name in rule_names or not series.times:
            continue
        if isnan(series.values[-1]) or series.times[-1] <= now - LOOKBACK_SECONDS:
            continue
        labels = dict(dimensions)
        lines.setdefault(family(name), []).append((labels, name, _line(name, labels, series.values[-1])))
    return "".join(
        _block(metric_family, lines[metric_family])
        for metric_family in sorted(lines, key=lambda metric_family: metric_family.name)
    )


def _block(metric_family: MetricFamily, lines: list[tuple[Labels, str, str]]) -> str:
    name = metric_family.name
    header = f"# HELP {name} {_escaped_help(metric_family.help)}\n# TYPE {name} {metric_family.type}\n"
    if metric_family.type == "histogram":
        lines = sorted(lines, key=_place)
    return header + "".join(line for _, _, line in lines)


def _place(line: tuple[Labels, str, str]) -> tuple[list[tuple[str, str]], str, float]:
    """The buckets of one histogram by their bounds, then its count and its sum."""
    labels, name, _ = line
    rest = sorted((n, v) for n, v in labels.items() if n != "le")
    return rest, "" if name.endswith("_bucket") else name, float(labels.get("le", "inf"))


def _line(name: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{label}="{value.translate(_ESCAPED)}"' for label, value in labels.items())
    return f"{name}{{{inner}}} {number_text(value)}\n" if inner else f"{name} {number_text(value)}\n"


def _escaped_help(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
