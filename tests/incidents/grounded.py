"""Whether a report says only what its evidence holds: read off the ledger by hand, without the report's own checker."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sre_agent.domain.finding import Claim, Evidence
from sre_agent.domain.incident import Incident
from sre_agent.domain.report import Report
from tests.diagnosis.contradicting import contradictions

TIME = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
SUBJECT = re.compile(r"\b[A-Z][A-Za-z]+(?:/[a-z0-9](?:[\w.-]*\w)?){1,2}")
NUMBER = re.compile(r"(?<![\w.:/-])\d+(?:\.\d+)?(?![\w:/-]|\.\d)")


def assert_grounded(report: Report, incident: Incident, ledger: Sequence[Evidence]) -> None:
    """Every stated fact cites something that is listed, and its subjects, times and numbers are in what it cites."""
    texts = _texts(report, incident, ledger)
    for claim in _claims(report):
        assert claim.evidence, f"cites nothing: {claim.text}"
        assert set(claim.evidence) <= set(texts), f"cites what is not listed: {claim.text} {claim.evidence}"
        _assert_held(claim.text, "\n".join(texts[number] for number in claim.evidence))
    _assert_held(report.statement, "\n".join(texts.values()))
    assert not contradictions(report.diagnosis)
    assert all(set(gap.evidence) <= set(texts) for gap in report.gaps)
    assert all(set(filter(None, entry.evidence.split(", "))) <= set(texts) for entry in report.timeline)
    assert report.status != "escalated" or report.next_steps
    assert all(step.owner for step in report.next_steps)


def _claims(report: Report) -> list[Claim]:
    parts = (
        report.impact,
        report.chain,
        report.actions_taken,
        report.symptoms,
        report.ruled_out,
        report.other_causes,
        report.elsewhere,
    )
    return [*(claim for part in parts for claim in part), *report.claims]


def _texts(report: Report, incident: Incident, ledger: Sequence[Evidence]) -> dict[str, str]:
    """What each display number stands for, in full."""
    by_id = {item.id: f"{_plain(item.model_dump(mode='json'))} {' '.join(_ends(item))}" for item in ledger}
    texts = {line.number: by_id[line.id] for line in report.evidence}
    for record in report.records:
        entries = incident.signals if record.number.startswith("S") else report.remediations
        texts[record.number] = "\n".join(_plain(one.model_dump(mode="json")) for one in entries)
    return texts


def _ends(item: Evidence) -> list[str]:
    """When the periods of a metric's facts end: a period is told by its start and its end."""
    starts = [one.at for one in item.answer.observations if one.at is not None] if item.answer else []
    return [(start + item.period).isoformat() for start in starts] if item.period is not None else []


def _plain(value: object) -> str:
    """As text in which neither a line break nor a quotation mark is written with a backslash."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\\n", "\n").replace('\\"', '"')


def _assert_held(sentence: str, text: str) -> None:
    times, numbers = _moments(text), _amounts(text)
    for moment in TIME.findall(sentence):
        assert times & set(_clocks(moment)), f"{moment} is in no evidence: {sentence}"
    for subject in SUBJECT.findall(sentence):
        missing = [part for part in subject.split("/")[1:] if part not in text]
        assert not missing, f"{subject} is in no evidence: {sentence}"
    without = re.sub(r"\band \d+ more\b", "", SUBJECT.sub(" ", TIME.sub(" ", sentence)))
    for number in NUMBER.findall(without):
        near = 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9
        assert any(abs(figure - float(number)) < near for figure in numbers), f"{number} is in no evidence: {sentence}"


@lru_cache(maxsize=256)  # a text is cited by many claims
def _moments(text: str) -> frozenset[str]:
    """The times in a text, as `_clocks` writes them."""
    return frozenset(moment for clock in set(TIME.findall(text)) for moment in _clocks(clock))


@lru_cache(maxsize=256)
def _amounts(text: str) -> frozenset[float]:
    """The numbers in a text that are no times."""
    return frozenset(float(number) for number in set(NUMBER.findall(TIME.sub(" ", text))))


def _clocks(text: str) -> list[str]:
    """The time of day in UTC, and the seconds beside it: a fraction may be rounded either way."""
    if len(text) < len("2026-01-01T00:00:00"):
        return [text[:8]]
    when = datetime.fromisoformat(text)
    when = when.astimezone(UTC) if when.tzinfo else when
    return [f"{when + timedelta(seconds=step):%H:%M:%S}" for step in (0, 1, -1)]
