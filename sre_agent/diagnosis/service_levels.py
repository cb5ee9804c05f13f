"""Requests and errors of a service before a write and after it, as numbers of the metrics that were asked for.

A level counts as worse only where it leaves everything that was known of it before: more than twice the most errors,
or less than half of the fewest requests. What comes and goes by itself is within that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mcp_servers.contract.facts import SubjectKey
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.view import SubjectView
from sre_agent.domain.verification import Check
from sre_agent.failures.formats import plain_number
from sre_agent.language.quantities import quantity_of

PRESENT: Final = ("now", "value")  # attributes that hold the level at the end of the window
KNOWN: Final = (*PRESENT, "before", "peak", "least", "greatest")  # and those that hold one of the levels in it
MOST: Final = 2.0  # of the errors that there were: the level of a part of a window lies below its highest moment
FEWEST: Final = 0.5  # of the requests that there were; with less something keeps them away


class MetricKey(NamedTuple):
    """Levels of one key can be compared: a sum over longer periods is another number."""

    subject: SubjectKey
    name: str
    statistic: str
    period: timedelta | None


def level_checks(earlier: SubjectView, present: SubjectView, since: datetime) -> list[Check]:
    """One for each metric of requests or errors near the subject that was measured before the write and after it."""
    before, after = _levels(earlier, KNOWN), _levels(present, PRESENT, since)
    checks = []
    for key in sorted(before.keys() & after.keys(), key=repr):
        quantity = quantity_of(key.name.split()[-1])
        least, most, now = min(before[key]), max(before[key]), after[key][-1]
        if quantity == "errors":
            ok, what = now <= MOST * most, f"{key.name} is not far more than before ({key.subject.name})"
        elif quantity == "traffic":
            ok, what = now >= FEWEST * least, f"{key.name} is not far less than before ({key.subject.name})"
        else:
            continue
        usual = plain_number(least) if least == most else f"{plain_number(least)} to {plain_number(most)}"
        reading = f"{usual} before the write, {plain_number(now)} now"
        checks.append(Check(what=what, about="traffic", ok=ok, reading=reading))
    return checks


def _levels(
    view: SubjectView, attributes: Iterable[str], since: datetime | None = None
) -> dict[MetricKey, list[float]]:
    """The levels that facts near the subject tell, by metric; with `since` only what was measured after it."""
    levels: dict[MetricKey, list[float]] = defaultdict(list)
    for fact in view.evidence_set.facts:
        own_attributes = fact.observation.attributes
        if not own_attributes.get("metric") or fact.subject.key not in view.neighbourhood:
            continue
        if since is not None and fact.as_of <= since + (fact.period or recency.SILENCE):
            continue  # the last whole period lies before the write
        values = [own_attributes.get(name) for name in attributes]
        numbers = [float(n) for n in values if isinstance(n, int | float) and not isinstance(n, bool)]
        if numbers:
            key = MetricKey(
                fact.subject.key, str(own_attributes["metric"]), str(own_attributes.get("statistic", "")), fact.period
            )
            levels[key] += numbers
    return dict(levels)
