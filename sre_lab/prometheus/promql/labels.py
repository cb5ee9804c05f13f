"""Functions that change labels, not values."""

from __future__ import annotations

import re

from sre_lab.prometheus.promql.columns import InstantSeries, Labels, Vector, merge_rows
from sre_lab.prometheus.promql.tree import LabelMatcher, VectorSelector, execution

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def is_name(label: str) -> bool:
    return _NAME.fullmatch(label) is not None


def label_replace(rows: Vector, target: str, template: str, source: str, expression: str) -> Vector:
    """label_replace: `target` becomes `template` filled from `expression`'s groups where it takes the whole source."""
    try:
        pattern = re.compile(expression, re.DOTALL)
    except re.error as problem:
        raise execution(f"invalid regular expression in label_replace(): {expression}") from problem
    if not is_name(target):
        raise execution(f"invalid destination label name in label_replace(): {target}")
    return merge_rows(
        InstantSeries(_replace(row.labels, target, template, source, pattern), row.values) for row in rows
    )


def _replace(labels: Labels, target: str, template: str, source: str, pattern: re.Pattern[str]) -> Labels:
    match = pattern.fullmatch(labels.get(source, ""))
    if match is None:
        return labels

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        group_key = int(name) if name.isdigit() else name
        is_known = group_key <= pattern.groups if isinstance(group_key, int) else group_key in pattern.groupindex
        return (match[group_key] or "") if is_known else ""

    return with_label(labels, target, _REFERENCE.sub(group, template))


def label_join(rows: Vector, target: str, separator: str, sources: list[str]) -> Vector:
    """label_join: `target` becomes the values of the sources with the separator between."""
    if not is_name(target):
        raise execution(f"invalid destination label name in label_join(): {target}")
    return merge_rows(
        InstantSeries(
            with_label(row.labels, target, separator.join(row.labels.get(name, "") for name in sources)), row.values
        )
        for row in rows
    )


def with_label(labels: Labels, name: str, value: str) -> Labels:
    """An empty value is no label."""
    rest = {n: v for n, v in labels.items() if n != name}
    return {**rest, name: value} if value else rest


def absent(rows: Vector, moments: int, selector: VectorSelector | None) -> Vector:
    """1 at each moment at which no row has a value, with the labels that the selector asks to be equal."""
    there = [False] * moments
    for row in rows:
        there = [is_present or value is not None for is_present, value in zip(there, row.values, strict=True)]
    if all(there):
        return []
    labels = _equality_labels(selector.matchers if selector is not None else ())
    return [InstantSeries(labels, [None if is_present else 1.0 for is_present in there])]


def _equality_labels(matchers: tuple[LabelMatcher, ...]) -> Labels:
    labels: Labels = {}
    twice: set[str] = set()
    for matcher in matchers:
        if matcher.label != "__name__":
            if matcher.sign == "=" and matcher.label not in labels:
                labels[matcher.label] = matcher.value
            else:
                twice.add(matcher.label)
    return {name: value for name, value in labels.items() if name not in twice}
