"""How an observation reads that has no sentence of its own."""

from __future__ import annotations

from typing import Any

from sre_agent.diagnosis.phrasing import TimeFormat, sentence

from .pictures import pod, seen


def text_of(**attributes: Any) -> str:
    return sentence(seen("log.no_space", pod("a"), **attributes), TimeFormat())


def test_how_often_and_from_when_to_when_are_told_without_the_names_of_fields() -> None:
    text = text_of(path="/data", count=16, first="2026-03-04T12:00:00Z", last="2026-03-04T12:05:00Z")
    assert text.endswith("(16 times, from 2026-03-04T12:00:00Z to 2026-03-04T12:05:00Z, path /data)")
    assert text_of(count=1).endswith("(once)")


def test_a_time_without_its_counterpart_is_not_lost() -> None:
    assert text_of(first="2026-03-04T12:00:00Z").endswith("(first 2026-03-04T12:00:00Z)")
