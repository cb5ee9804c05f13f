"""An answer to a question, with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field

from mcp_servers.contract.visible import visible
from sre_agent.domain.base import Noun
from sre_agent.domain.report import EvidenceLine, Report

LONGEST = 1_500  # characters of an answer
IN_DOUBT: Final = "In case you meant something else, this is on record:"  # what stands below answers another meaning
_MARK = re.compile(r"(?<!\s)\s*+\[E\d+\]")

Outcome = Literal["answered", "choice", "not_found", "cannot", "unavailable", "escalated", "waiting"]


class ModelUse(Noun):
    """What an answer took of chat models. `prompt` is its name and digest. `input_tokens` are all that were read,
    `cached_tokens` those of them that a cache gave back. `calls` counts failed ones too."""

    prompt: str = ""
    models: list[str] = Field(default_factory=list)
    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0


def use_of(report: Report) -> ModelUse:
    """What an investigation took."""
    cost = report.cost
    return ModelUse(
        calls=cost.model_calls,
        input_tokens=cost.input_tokens,
        cached_tokens=cost.cached_tokens,
        output_tokens=cost.output_tokens,
        dollars=cost.dollars,
    )


def added_up(uses: Sequence[ModelUse]) -> ModelUse:
    return ModelUse(
        prompt=next((use.prompt for use in uses if use.prompt), ""),
        models=list(dict.fromkeys(model for use in uses for model in use.models)),
        calls=sum(use.calls for use in uses),
        input_tokens=sum(use.input_tokens for use in uses),
        cached_tokens=sum(use.cached_tokens for use in uses),
        output_tokens=sum(use.output_tokens for use in uses),
        dollars=sum(use.dollars for use in uses),
    )


class ChatReply(Noun):
    """`choice`: several things may be meant, `choices` are they. `not_found`: what was asked about is not there.
    `cannot`: the question is not understood or nothing here can tell. `unavailable`: what would tell could not be
    asked. `escalated` and `waiting` are how an incident ended or stands that was opened for it.

    `proposes` is a thing of which a model thinks that it is to be mended: the one choice is the sentence that does it.

    `text` names its evidence by number. `words` are what a chat model says of it in its own words, in the language of
    the question: their names, numbers and times stand in the evidence, and their sense is not verified. `looked_at` is
    what was looked at with how far it was covered. `model` and `notes` are set where a chat model was asked: what it
    took, and what has to be known of its answer.
    """

    question: str
    intent: str
    outcome: Outcome = "answered"
    text: str
    words: str = ""
    evidence: list[EvidenceLine] = Field(default_factory=list)
    looked_at: list[str] = Field(default_factory=list)
    tool_calls: int = 0
    subjects: list[str] = Field(default_factory=list)
    choices: list[str] = Field(default_factory=list)
    proposes: str = ""
    report: Report | None = None
    model: ModelUse | None = None
    notes: list[str] = Field(default_factory=list)


def within(text: str, longest: int = LONGEST) -> str:
    """The text in at most so many characters, cut at a line or a word."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 2]
    at = cut.rfind("\n")
    return (cut[:at] if at > longest * 2 // 3 else cut.rsplit(" ", 1)[0]) + " …"


def unmarked(text: str) -> str:
    """The text without the numbers of its evidence."""
    return _MARK.sub("", text)


def printable(text: str) -> str:
    """The text without what would command a terminal; other spaces become plain ones."""
    return visible(text).replace("\t", " ")
