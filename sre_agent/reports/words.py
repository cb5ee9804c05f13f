"""What several things have in common, told as one sentence of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.diagnosis.phrasing import TimeFormat, sentence, when

ALIKE = 4  # subjects named with the same sentence


def sentence_about(alike: Sequence[ObservedFact], day: datetime, unit: str = "") -> str:
    """One sentence about the first with its time, the others named; without a full stop at its end.

    `unit` is what the numbers of a metric count by.
    """
    first, times = alike[0], TimeFormat(day)
    at = when(first, times)
    text = f"{_capital(sentence(first.observation, times))}{unit}{f', {at}' if at else ''}"
    others = list(dict.fromkeys(s.subject.short for s in alike if s.subject != first.subject))
    if not others:
        return text
    more = " and others" if len(others) > ALIKE else ""
    return f"{text}; the same goes for {', '.join(others[:ALIKE])}{more}"


def clock(when: datetime, day: datetime) -> str:
    """The time in UTC, with its date where that is not the day of the incident."""
    return TimeFormat(day).instant(when)


def began(at: datetime, observed_fact: ObservedFact, day: datetime) -> str:
    """What stands after "since": an instant, or the minute in which a metric's period starts."""
    times = TimeFormat(day)
    return times.minute(at) if observed_fact.code in recency.BY_PERIOD else times.instant(at)


def _capital(text: str) -> str:
    """With a capital, where the sentence does not begin with a name."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text
