"""SEARCH of metric math: which metrics a search text means."""

from __future__ import annotations

import re

from sre_agent.lab.aws.cloudwatch.expressions import refuse
from sre_agent.lab.telemetry import MetricStore, Series, SeriesKey

HIDDEN = "prometheus"  # samples that another monitoring system keeps; CloudWatch does not know of them
LIMIT = 100  # time series that one SEARCH returns
_SCHEMA = re.compile(r"^\s*\{([^}]*)\}\s*")
_TERM = re.compile(r"\s*(?:(?P<not>NOT)\s+)?(?:(?P<key>[\w:]+)\s*=\s*)?(?P<value>\"[^\"]*\"|[^\s()=\"]+)")


def visible(metrics: MetricStore, namespace: str = "", name: str = "") -> list[tuple[SeriesKey, Series]]:
    """The series that CloudWatch holds."""
    return [(key, series) for key, series in metrics.find(namespace, name) if key[0] != HIDDEN]


def search(metrics: MetricStore, text: str) -> list[SeriesKey]:
    """The metrics that match `{Namespace,Dim} Term Key="value" NOT term`, terms joined by AND.

    AwsError ValidationError for OR and parentheses, which are not supported.
    """
    namespace, dimensions, rest = _schema(text)
    terms = _terms(text, rest)
    return [key for key, _ in visible(metrics, namespace) if _takes(key, dimensions, terms)][:LIMIT]


def _schema(text: str) -> tuple[str, set[str] | None, str]:
    found = _SCHEMA.match(text)
    if found is None:
        return "", None, text
    namespace, *dimensions = [part.strip().strip('"') for part in found.group(1).split(",")]
    return namespace, set(dimensions), text[found.end() :]


def _terms(text: str, rest: str) -> list[tuple[bool, str, str]]:
    """(negated, key, value as written)."""
    terms, at = [], 0
    rest = rest.rstrip()
    while at < len(rest):
        found = _TERM.match(rest, at)
        if found is None or found.group("value") == "OR":
            refuse(
                f"SEARCH('{text}')", f"'{rest[at:].strip()}' is not supported: terms, Key=\"value\", AND and NOT are"
            )
        at = found.end()
        if found.group("value") != "AND":
            terms.append((bool(found.group("not")), found.group("key") or "", found.group("value")))
    return terms


def _takes(key: SeriesKey, dimensions: set[str] | None, terms: list[tuple[bool, str, str]]) -> bool:
    if dimensions is not None and {name for name, _ in key[2]} != dimensions:
        return False
    return all(_matches(key, name, value) is not negated for negated, name, value in terms)


def _matches(key: SeriesKey, name: str, value: str) -> bool:
    namespace, metric, dimensions = key
    wanted = value.strip('"')
    if name == "MetricName":
        places = [metric]
    elif name == "Namespace":
        places = [namespace]
    elif name:
        label = name.removeprefix(":").removeprefix("aws.") if name.startswith(":") else name
        places = [v for n, v in dimensions if n == label]
    else:
        places = [namespace, metric, *(part for pair in dimensions for part in pair)]
    if value.startswith('"'):
        return wanted in places
    return any(wanted.lower() == place.lower() or _words(wanted) <= _words(place) for place in places)


def _words(text: str) -> set[str]:
    """Tokens as CloudWatch cuts names: at signs, and before capitals."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return {word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word}
