"""A model's answer as it is told: the statements that it picked, and its own words as far as they can be held.

A line that is only the number of something that was looked up, as `L2`, picks it. Any other line is words of the
model's, with the numbers behind them: their names, numbers and times must stand in what they cite, or in all that is
cited where they cite nothing themselves. A question to the person needs no citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.chat.model.knowledge import Knowledge, KnownStatement
from sre_agent.chat.reply import printable
from sre_agent.language.grounding import fault
from sre_agent.language.lexicon import language_of
from sre_agent.language.narrative import NarratedWords, NarrativeItem, ground_narrative
from sre_agent.language.source import EvidenceText

_NUMBERS: Final = re.compile(r"\bL\d+\b")
_MARKS: Final = r"(?:(?<!\s)\s*+[\[(（【]\s{0,3}L\d++(?:[\s,;、+–-]|and|und|et|y|en|e|L\d++)*+[\])）】])+"
# Matches with or without an end, so that a run of marks is read whole and never tried again from its middle.
_AFTER_END: Final = re.compile(rf"({_MARKS})([.!?:。！？：]*+)")
_CITED: Final = re.compile(rf"(?P<text>.+?)(?P<marks>{_MARKS}|\Z)", re.S)
_PICKED: Final = re.compile(r"[\s\[\](),;、*•-]*+(?:L\d++[\s\[\](),;、]*+)++[.。]?")
_LEAD: Final = re.compile(r"^\s*+(?:[-*•・]|\d{1,2}[.)])\s+")
_EMPHASIS: Final = re.compile(r"\*\*|`|^#+\s+", re.M)
_QUESTION: Final = ("?", "？", "؟")


@dataclass(frozen=True)
class AnswerLine:
    """One line of words: its sentences, each with what it rests on."""

    bullet: bool
    sentences: tuple[NarratedWords, ...]


@dataclass(frozen=True)
class CheckedAnswer:
    """`statements` are shown as they were found, in order. `words` may be shown; `dropped` counts what may not."""

    statements: tuple[KnownStatement, ...]
    words: tuple[AnswerLine, ...]
    dropped: int

    @property
    def cited(self) -> list[str]:
        """What the words rest on, each once."""
        return list(dict.fromkeys(n for line in self.words for one in line.sentences for n in one.cites))


def check_answer(text: str, knowledge: Knowledge, question: str) -> CheckedAnswer:
    """What of a model's answer to `question` may be told."""
    lines = [line for line in _EMPHASIS.sub("", printable(text)).splitlines() if line.strip()]
    language = language_of(text)
    sources = {statement.number: statement.source for statement in knowledge}
    numbers = [number for number in dict.fromkeys(_NUMBERS.findall("\n".join(lines))) if number in sources]
    picks: list[str] = []
    words: list[AnswerLine] = []
    drop_count = 0
    for line in lines:
        if _PICKED.fullmatch(line):
            picks += _NUMBERS.findall(line)
            continue
        bullet, bare = _LEAD.match(line) is not None, _LEAD.sub("", line).strip()
        narrated_words = _judge_line(bare, numbers or list(sources), sources, question, language)
        sound = tuple(one for one in narrated_words if one.fault is None)
        drop_count += len(narrated_words) - len(sound)
        if sound:
            words.append(AnswerLine(bullet, sound))
    statements = [one for number in dict.fromkeys(picks) if (one := knowledge[number]) is not None]
    return CheckedAnswer(tuple(statements), tuple(words), drop_count + len(set(picks)) - len(statements))


def _judge_line(
    line: str, numbers: Sequence[str], sources: Mapping[str, EvidenceText], question: str, language: str
) -> Sequence[NarratedWords]:
    if line.endswith(_QUESTION) and not _NUMBERS.search(line):
        why = fault(line, list(sources.values()), EvidenceText(question), language=language, bare=True)
        return [NarratedWords(line, (), why)]
    return ground_narrative(list(_items(line, numbers)), sources, question, language=language, bare=True).words


def _items(line: str, numbers: Sequence[str]) -> Iterator[NarrativeItem]:
    """What stands before each citation; of what has none behind it all that the answer cites is cited."""
    for match in _CITED.finditer(_AFTER_END.sub(r"\2\1", line)):
        if text := match["text"].strip():
            yield NarrativeItem(words=text, cites=_NUMBERS.findall(match["marks"]) or list(numbers))
