"""An observation as a sentence, with when it happened: the same words in statements and in reports.

The table of observations has the sentences; a code without one is told by its meaning. A metric counts over periods, so
what a metric shows happened between two times and never at one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Final

from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.record import ObservationType, Value
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.failures.formats import plain_number, rfc3339

LONGEST: Final = 160  # characters of an attribute


@dataclass(frozen=True)
class TimeFormat:
    """Writes times in UTC. Times of `day` are written without their date; without a day each is written whole."""

    day: datetime | None = None

    def instant(self, when: datetime) -> str:
        there = when.astimezone(UTC)
        return rfc3339(there) if self.day is None else f"{self._date(there)}{there:%H:%M:%S} UTC"

    def minute(self, when: datetime) -> str:
        there = when.astimezone(UTC)
        return f"{self._date(there)}{there:%H:%M} UTC"

    def between(self, start: datetime, period: timedelta | None) -> str:
        """The period that starts then; one of unknown length is told by its start alone."""
        if period is None:
            return f"around {self.minute(start)}"
        first, end = start.astimezone(UTC), (start + period).astimezone(UTC)
        shape = "%H:%M:%S" if period % timedelta(minutes=1) else "%H:%M"
        last = end.strftime(shape) if first.date() == end.date() else f"{end:%Y-%m-%d} {end.strftime(shape)}"
        return f"between {self._date(first)}{first.strftime(shape)} and {last} UTC"

    def _date(self, when: datetime) -> str:
        same = self.day is not None and when.date() == self.day.astimezone(UTC).date()
        return "" if same else f"{when:%Y-%m-%d} "


def sentence(observation: Observation, times: TimeFormat, *, past: bool = False) -> str:
    """Without a full stop, and without a capital at its beginning. `past`: it is told as something that is over."""
    entry = OBSERVATIONS[observation.code]
    attributes = {name: value for name, value in observation.attributes.items() if value not in ("", [], None)}
    values = {name: _value(value, times, by_period=entry.by_period) for name, value in attributes.items()}
    values["on"] = observation.subject.short
    if (form := _form(entry, observation.subject, set(values), past=past)) is not None:
        return form.format(**{name: values[name] for name in _field_names(form)})
    values.pop("on")
    details = ", ".join(_details(values))
    return f"{observation.subject.short}: {entry.meaning}" + (f" ({details})" if details else "")


def _details(values: dict[str, str]) -> Iterator[str]:
    """Attributes that no sentence puts into words, each with its name; how often and from when to when need none."""
    if (count := values.pop("count", None)) is not None:
        yield "once" if count == "1" else f"{count} times"
    if {"first", "last"} <= set(values):
        first, last = values.pop("first"), values.pop("last")
        yield f"at {first}" if first == last else f"from {first} to {last}"
    for name, value in values.items():
        if value == "False":
            continue
        words = name.replace("_", " ")
        yield words if value == "True" else f"{words} {value}"


def when(observed_fact: ObservedFact, times: TimeFormat) -> str:
    """When it happened; empty where its sentence already says so, or nothing says it."""
    entry, at = OBSERVATIONS[observed_fact.code], observed_fact.observation.at
    if at is None or entry.alarm_state == "ok":
        return ""
    return times.between(at, observed_fact.period) if entry.by_period else times.instant(at)


def _form(entry: ObservationType, subject: Subject, attributes: set[str], *, past: bool) -> str | None:
    forms = (*(entry.past_sentences if past else ()), *entry.sentences_by_kind.get(subject.kind, ()), *entry.sentences)
    return next((form for form in forms if _field_names(form) <= attributes), None)


def _field_names(form: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(form) if name}


def _value(value: Value, times: TimeFormat, *, by_period: bool) -> str:
    if isinstance(value, str) and "T" in value and (moment := recency.instant(value)) is not None:
        return times.minute(moment) if by_period else times.instant(moment)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return plain_number(value)
    text = " ".join((", ".join(value) if isinstance(value, list) else str(value)).split()).rstrip(". ")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
