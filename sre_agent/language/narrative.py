"""What a model answers where it tells something: it picks and orders statements of ours, and may add words of its own.

A statement is told as code renders it. The words are told apart, as the model's own and not verified, and only so far
as their names, numbers and times stand in what they cite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, Field

from sre_agent.language.grounding import REASONS, Fault, fault, sentences
from sre_agent.language.lexicon import language_of
from sre_agent.language.source import EvidenceText
from sre_agent.prompting import printable

UNVERIFIED: Final = "In the model's words, not verified"
ITEMS: Final = 12
TEXT_LIMIT: Final = 2_000  # characters of one item that are looked at


class NarrativeItem(BaseModel):
    """One of the two: a statement that is shown as it stands, or words."""

    statement: str = Field(default="", description="the number of a statement to show as it stands, as R3; or else:")
    words: str = Field(default="", description="one or two sentences of your own in the language that is asked for")
    cites: list[str] = Field(default_factory=list, description="the numbers that your words rest on, as R3")


class Narrative(BaseModel):
    """What you tell, in the order in which it is read."""

    items: list[NarrativeItem] = Field(description=f"at most {ITEMS}")


@dataclass(frozen=True)
class NarratedWords:
    """One sentence of a model's with what it rests on. `fault` says why it is dropped; None where it is told."""

    text: str
    cites: tuple[str, ...]
    fault: Fault | None


@dataclass(frozen=True)
class GroundedNarrative:
    """`statements` are the numbers that were picked and exist, each once; `unknown` were picked and do not exist."""

    statements: tuple[str, ...] = ()
    words: tuple[NarratedWords, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def grounded_words(self) -> list[NarratedWords]:
        return [one for one in self.words if one.fault is None]

    @property
    def cited(self) -> list[str]:
        """What the words that are told rest on, each once."""
        return list(dict.fromkeys(number for one in self.grounded_words for number in one.cites))

    @property
    def faults(self) -> dict[Fault, int]:
        """How much was dropped, by reason, the most first."""
        counts = Counter[Fault](one.fault for one in self.words if one.fault is not None)
        counts["citation"] += len(self.unknown)
        return dict((+counts).most_common())

    @property
    def dropped(self) -> int:
        return sum(self.faults.values())

    @property
    def note(self) -> str:
        """What a reader is told of what was dropped; empty where nothing was."""
        count = (
            "1 sentence of the model's was" if self.dropped == 1 else f"{self.dropped} sentences of the model's were"
        )
        why = ", ".join(f"{times} for {REASONS[fault]}" for fault, times in self.faults.items())
        return f"{count} dropped: {why}." if self.dropped else ""


def ground_narrative(
    items: Sequence[NarrativeItem],
    sources: Mapping[str, EvidenceText],
    question: str = "",
    *,
    language: str = "",
    bare: bool = False,
) -> GroundedNarrative:
    """What of an account may be told. `sources` are what can be picked and cited, by number; `question` is that of a
    person, whose names may be said back. `language` is that of all that is said; `bare` as in `grounding.fault`."""
    language_tag = language or language_of(" ".join(item.words for item in items))
    numbers = list(dict.fromkeys(item.statement.strip() for item in items if item.statement.strip()))
    by_text: dict[str, NarratedWords] = {}
    said_back = EvidenceText(question) if question else None
    for item in items:
        cites = tuple(dict.fromkeys(number.strip() for number in item.cites))
        there = bool(cites) and all(number in sources for number in cites)
        for text in sentences(printable(" ".join(item.words[:TEXT_LIMIT].split()))):
            why = (
                fault(text, [sources[number] for number in cites], said_back, language=language_tag, bare=bare)
                if there
                else "citation"
            )
            by_text.setdefault(text, NarratedWords(text, cites, why))
    return GroundedNarrative(
        tuple(number for number in numbers if number in sources),
        tuple(by_text.values()),
        tuple(number for number in numbers if number not in sources),
    )
