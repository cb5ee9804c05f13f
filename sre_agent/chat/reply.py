"""An answer to a question, with what it rests on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sre_agent.domain.base import Noun
from sre_agent.domain.report import EvidenceLine, Report

LONGEST = 1_500  # characters of an answer

Outcome = Literal["answered", "choice", "not_found", "cannot", "unavailable", "escalated", "waiting"]


class Reply(Noun):
    """`choice`: several things may be meant, `choices` are they. `not_found`: what was asked about is not there.
    `cannot`: the question is not understood or nothing here can tell. `unavailable`: what would tell could not be
    asked. `escalated` and `waiting` are how an incident ended or stands that was opened for it.

    `text` names its evidence by number, `looked_at` is what was looked at with how far it was covered.
    """

    question: str
    intent: str
    outcome: Outcome = "answered"
    text: str
    evidence: list[EvidenceLine] = Field(default_factory=list)
    looked_at: list[str] = Field(default_factory=list)
    tool_calls: int = 0
    subjects: list[str] = Field(default_factory=list)
    choices: list[str] = Field(default_factory=list)
    report: Report | None = None


def within(text: str, longest: int = LONGEST) -> str:
    """The text in at most so many characters, cut at a line or a word."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 2]
    at = cut.rfind("\n")
    return (cut[:at] if at > longest * 2 // 3 else cut.rsplit(" ", 1)[0]) + " …"
