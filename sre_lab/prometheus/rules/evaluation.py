"""Evaluates the rules for every interval up to now, and keeps which alerts are on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from sre_lab.prometheus.promql.columns import InstantSeries, Key, Labels, key, nameless
from sre_lab.prometheus.promql.evaluation import EvaluationTimes, PromqlEvaluation
from sre_lab.prometheus.promql.labels import with_label
from sre_lab.prometheus.promql.selection import NAMESPACE
from sre_lab.prometheus.rules.files import PrometheusRule, RuleGroup, groups
from sre_lab.telemetry import MetricStore
from sre_lab.world import World

REMEMBERED_SECONDS = 7200.0  # how far back the rules are evaluated when they are first asked for
_REFERENCE = re.compile(r"\{\{\s*\$(?:labels\.(\w+)|(value))\s*\}\}")
WrittenSeries = tuple[str, Key]  # a metric's name and its labels


@dataclass
class ActiveAlert:
    """`since` is when its expression first held, `value` what it was last."""

    labels: Labels
    annotations: dict[str, str]
    since: float
    value: float
    firing: bool


@dataclass
class RuleState:
    """What the rules have come to, up to the moment `at`, by group and place of the rule in it."""

    at: float
    alerts: dict[tuple[str, int], dict[Key, ActiveAlert]] = field(default_factory=dict)
    # at the last moment
    written_series: dict[tuple[str, int], set[WrittenSeries]] = field(default_factory=dict)


def evaluate_until_now(world: World) -> RuleState:
    """The state of the rules now. Writes the series that recording rules make, ALERTS and ALERTS_FOR_STATE."""
    now = world.clock.now()
    active = world.memory(RuleState, lambda: RuleState(max(now - REMEMBERED_SECONDS, _before_all(world.metrics, now))))
    for group in groups():
        first = (active.at // group.interval + 1) * group.interval
        if first <= now:
            _evaluate(world.metrics, group, EvaluationTimes.each(first, now, group.interval), active)
    active.at = now
    return active


def _before_all(metrics: MetricStore, now: float) -> float:
    """Just before the first sample: there is nothing that a rule could have found earlier."""
    first = metrics.earliest(NAMESPACE)
    return (now if first is None else first) - 0.001


def _evaluate(metrics: MetricStore, group: RuleGroup, moments: EvaluationTimes, active: RuleState) -> None:
    for place, rule in enumerate(group.rules):
        rows = [row for row in PromqlEvaluation(metrics, rule.tree).over(moments) if isinstance(row, InstantSeries)]
        series_before = active.written_series.setdefault((group.name, place), set())
        alerts = active.alerts.setdefault((group.name, place), {})
        if not rows and not series_before:
            continue
        for number, at in enumerate(moments.times):
            pairs = [(row.labels, value) for row in rows if (value := row.values[number]) is not None]
            samples = _record(rule, pairs) if rule.recording else _update_alerts(rule, pairs, at, alerts)
            series_before = _write(metrics, at, samples, series_before)
        active.written_series[(group.name, place)] = series_before


def _record(rule: PrometheusRule, pairs: Iterable[tuple[Labels, float]]) -> list[tuple[str, Labels, float]]:
    return [(rule.name, _with_labels(nameless(labels), rule.labels), value) for labels, value in pairs]


def _update_alerts(
    rule: PrometheusRule, pairs: list[tuple[Labels, float]], at: float, alerts: dict[Key, ActiveAlert]
) -> list[tuple[str, Labels, float]]:
    """Begin, keep and end alerts; the samples say which are on."""
    before = dict(alerts)
    alerts.clear()
    samples = []
    for own_labels, value in pairs:
        labels = _with_labels({**nameless(own_labels), "alertname": rule.name}, rule.labels)
        identity = key(labels)
        since = before[identity].since if identity in before else at
        texts = {name: fill_template(text, own_labels, value) for name, text in rule.annotations.items()}
        alert = ActiveAlert(labels, texts, since, value, at - since >= rule.wait)
        alerts[identity] = alert
        state = "firing" if alert.firing else "pending"
        samples.append(("ALERTS", {**labels, "alertstate": state}, 1.0))
        samples.append(("ALERTS_FOR_STATE", labels, since))
    return samples


def _with_labels(labels: Labels, more: dict[str, str]) -> Labels:
    for name, value in more.items():
        labels = with_label(labels, name, fill_template(value, labels, math.nan))
    return labels


def _write(
    metrics: MetricStore, at: float, samples: Iterable[tuple[str, Labels, float]], before: set[WrittenSeries]
) -> set[WrittenSeries]:
    """One sample of each, and the mark of its end for each series that is not told any more."""
    current: set[WrittenSeries] = set()
    for name, labels, value in samples:
        metrics.put(NAMESPACE, name, labels, at, value)
        current.add((name, key(labels)))
    for name, labels_key in before - current:
        metrics.put(NAMESPACE, name, dict(labels_key), at, math.nan)
    return current


def fill_template(text: str, labels: Labels, value: float) -> str:
    """A template with the labels and the value that it names."""
    return _REFERENCE.sub(lambda match: f"{value:.12g}" if match[2] else labels.get(match[1], ""), text)
