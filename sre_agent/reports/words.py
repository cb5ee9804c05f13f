"""An observation as a sentence. The table of observations has the sentences; a code without one is told by its meaning.

`{on}` is the subject, the rest are the code's attributes; a sentence whose attributes are not all there is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from string import Formatter

from mcp_servers.contract.facts import Observation
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent.diagnosis import standing
from sre_agent.diagnosis.scene import Seen
from sre_agent.failures.formats import plain_number

ALIKE = 4  # subjects named with the same sentence
LONGEST = 160  # of an attribute


def said(alike: Sequence[Seen], day: datetime, unit: str = "") -> str:
    """One sentence about the first with its time, the others named; without a full stop at its end.

    `unit` is what the numbers of a metric count by.
    """
    first = alike[0]
    text = f"{_capital(_plain(first.observation, first.subject.short, day))}{unit}{_when(first, day)}"
    others = list(dict.fromkeys(s.subject.short for s in alike if s.subject != first.subject))
    if not others:
        return text
    more = " and others" if len(others) > ALIKE else ""
    return f"{text}; likewise {', '.join(others[:ALIKE])}{more}"


def clock(when: datetime, day: datetime) -> str:
    """The time in UTC, with its date where that is not the day of the incident."""
    there = when.astimezone(UTC)
    return f"{there:%H:%M:%S} UTC" if there.date() == day.astimezone(UTC).date() else f"{there:%Y-%m-%d %H:%M:%S} UTC"


def _plain(observation: Observation, on: str, day: datetime) -> str:
    values = {name: _value(value, day) for name, value in observation.attributes.items() if value not in ("", [], None)}
    for sentence in OBSERVATIONS[observation.code].sentences:
        wanted = {name for _, name, _, _ in Formatter().parse(sentence) if name}
        if wanted <= {"on", *values}:
            return sentence.format(on=on, **{name: values[name] for name in wanted - {"on"}})
    details = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
    return f"{on}: {OBSERVATIONS[observation.code].meaning}" + (f" ({details})" if details else "")


def _value(value: str | int | float | bool | list[str], day: datetime) -> str:
    if isinstance(value, str) and "T" in value and (when := standing.instant(value)) is not None:
        return clock(when, day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return plain_number(value)
    text = " ".join((", ".join(value) if isinstance(value, list) else str(value)).split()).rstrip(". ")
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def _when(seen: Seen, day: datetime) -> str:
    at = seen.observation.at
    return f", {clock(at, day)}" if at is not None and seen.code != "alarm.ok" else ""


def _capital(text: str) -> str:
    """With a capital, where the sentence does not begin with a name."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text
