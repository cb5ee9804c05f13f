"""What a signal claims, as measurable quantities: from its structure first, then from its name, then from its words.

The first of these that says anything decides: the words around a precise metric or name tell of its company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from mcp_servers.contract.conditions import condition
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.signal import Signal
from sre_agent.entities.addresses import failing_url
from sre_agent.language.quantities import quantities

MOST: Final = 3  # of one text: who writes of more tells a story
QUOTE_LENGTH: Final = 200
_OF_REQUESTS: Final = ("availability", "errors", "health")
_NUMBER: Final = re.compile(
    r"(?P<over>(?:threshold|above|over|exceed\w*|below|under|(?:more|longer|less|greater) than|>|<)\W{0,4}(?:of\s+)?)?"
    r"(?<![\w.:/-])(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|percent|ms|milliseconds?|s|sec(?:onds?)?|min(?:utes?)?|[KMGT]i?B)?"
    r"(?![\w:/-]|\.\d)",
    re.I,
)


def claims(signal: Signal) -> list[AlarmClaim]:
    """What it claims, the plainest first; `unknown` alone for an alarm that says nothing measurable, `health` for a
    person who names no quantity: that is a question about everything."""
    url = failing_url(signal)
    return [one.model_copy(update={"url": url}) if one.quantity in _OF_REQUESTS else one for one in _claims(signal)]


def _claims(signal: Signal) -> list[AlarmClaim]:
    alarm_claims = [*_from_metric(signal)] or [*_from_name(signal)] or [*_from_text(signal)]
    if alarm_claims:
        return alarm_claims
    if signal.source == "person" and signal.alarm is None:
        return [AlarmClaim(quantity="health", statement=signal.title[:QUOTE_LENGTH], read_from="text")]
    return [AlarmClaim(quantity="unknown", statement=signal.title[:QUOTE_LENGTH], read_from="name")]


def _from_metric(signal: Signal) -> Iterator[AlarmClaim]:
    """By the metric or expression of its alarm. One that no word is known for is a claim all the same: its metric can
    be asked for."""
    alarm = signal.alarm
    if alarm is None:
        return
    value, threshold, unit = _numbers(f"{signal.title}. {signal.description}")
    if alarm.metric:
        name = f"{alarm.namespace} {alarm.metric}".strip()
        mentions = quantities(alarm.metric) or quantities(alarm.name)
        yield AlarmClaim(
            quantity=mentions[0].quantity if mentions else "unknown",
            statement=name[:QUOTE_LENGTH],
            read_from="metric",
            value=value,
            threshold=alarm.threshold if alarm.threshold is not None else threshold,
            comparison=_side(alarm.comparison),
            unit=unit,
            metric=name,
        )
    elif alarm.expression:
        mentions = quantities(alarm.name) or quantities(alarm.expression)
        alert_condition = condition(alarm.expression)
        yield AlarmClaim(
            quantity=mentions[0].quantity if mentions else "unknown",
            statement=alarm.expression[:QUOTE_LENGTH],
            read_from="expression",
            value=value,
            threshold=alert_condition.limit
            if alert_condition is not None and alert_condition.limit is not None
            else threshold,
            comparison=_side(alert_condition.comparison if alert_condition is not None else ""),
            unit=unit,
            expression=alarm.expression,
        )


def _from_name(signal: Signal) -> Iterator[AlarmClaim]:
    """By the name of the alarm, which whoever wrote the rule gave it."""
    name = signal.alarm.name if signal.alarm is not None else signal.labels.get("alertname", "")
    yield from _from_words(name, signal, "name")


def _from_text(signal: Signal) -> Iterator[AlarmClaim]:
    """By what it says: its title, else everything."""
    yield from list(_from_words(signal.title, signal, "text")) or _from_words(signal.description, signal, "text")


def _from_words(text: str, signal: Signal, read_from: str) -> Iterator[AlarmClaim]:
    value, threshold, unit = _numbers(f"{signal.title}. {signal.description}")
    for mention in quantities(text)[:MOST]:
        yield AlarmClaim(
            quantity=mention.quantity,
            statement=signal.title[:QUOTE_LENGTH],
            read_from="name" if read_from == "name" else "text",
            value=value,
            threshold=threshold,
            unit=unit,
        )


def _side(comparison: str) -> Literal["", "above", "below"]:
    """CloudWatch spells the comparison out, PromQL writes a sign."""
    if comparison.startswith((">", "Greater")):
        return "above"
    return "below" if comparison.startswith(("<", "Less")) else ""


def _numbers(text: str) -> tuple[float | None, float | None, str]:
    """The value, the threshold and the unit that a text gives; a number without a unit only where it is a threshold."""
    value = threshold = None
    unit = ""
    for match in _NUMBER.finditer(text):
        number = float(match["number"])
        if match["over"] and threshold is None:
            threshold, unit = number, unit or (match["unit"] or "")
        elif match["unit"] and value is None:
            value, unit = number, match["unit"]
    return value, threshold, unit
