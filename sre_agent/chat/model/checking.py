"""A model's answer held against what it cites: what is not shown there is cut, and too much of that voids it all.

A sentence stands when it cites what was looked at, or stands in a list that does, and when its names, numbers, times
and sense are there. A question to the person stands when it names nothing new and has nothing done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sre_agent.chat.model.knowledge import Knowledge, Known
from sre_agent.chat.reply import printable
from sre_agent.grounds import (
    Basis,
    Language,
    Said,
    Source,
    Token,
    language,
    language_of,
    languages,
    languages_of,
    plain,
    sentences,
    tokens,
)

ENGLISH: Final = "en"
MOST_CUT: Final = 1 / 3  # of the sentences; beyond that nothing of the answer is believed
_NUMBERS: Final = re.compile(r"\bL\d+\b")
_MARKS: Final = (
    r"(?:(?<!\s)\s*+[\[(（【]\s{0,3}L\d++(?:\s{0,3}[,;、+–-]?\s{0,3}(?:und|and|et|y)?\s{0,3}L\d++)*+\s{0,3}[\])）】])+"
)
_MARK: Final = re.compile(_MARKS)
_AFTER_END: Final = re.compile(rf"(?<![.!?。！？])([.!?。！？]++)({_MARKS})")
_CITED_END: Final = re.compile(rf"({_MARKS}[.!?。！？]+)\s*")  # even where a name in small letters follows
_WIDE_END: Final = re.compile(r"(?<=[。！？])")
_LEAD: Final = re.compile(r"^(\s*)(?:[-*•・]|\d{1,2}[.)])\s+")
_EMPHASIS: Final = re.compile(r"\*\*|`|^#+\s+", re.M)
_QUESTION: Final = ("?", "？")
_LEADS_IN: Final = (":", "：")


@dataclass(frozen=True)
class Checked:
    """`text` with marks by which a reader finds the evidence, `kept` the same with the numbers of the conversation.
    `cut` of `said` sentences are left out."""

    text: str
    kept: str
    cited: tuple[Known, ...]
    cut: int
    said: int

    @property
    def stands(self) -> bool:
        return bool(self.text) and self.cut <= self.said * MOST_CUT


@dataclass(frozen=True)
class _Line:
    bullet: bool
    leads_in: bool
    sentences: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(n for sentence in self.sentences for n in _NUMBERS.findall(_marks(sentence)))


def checked(text: str, knowledge: Knowledge, question: str, marks: Callable[[Known], Sequence[str]]) -> Checked:
    """`marks` gives those of what is cited, such as `[E1]`."""
    bare_text = _EMPHASIS.sub("", printable(text))
    lines = [_line(line) for line in bare_text.splitlines() if line.strip()]
    spoken = language(language_of(bare_text)) or languages()[ENGLISH]
    shown: list[str] = []
    kept: list[str] = []
    cited: dict[str, Known] = {}
    cut = said = 0
    for place, line in enumerate(lines):
        good: list[tuple[str, list[Known]]] = []
        for sentence in line.sentences:
            bare = _MARK.sub("", sentence).strip()
            may_be = languages_of(bare, bare_text, question)
            found = _shown(bare, spoken, may_be, _cites(sentence, place, lines), knowledge, question)
            said += 1
            if found is None:
                cut += 1
                continue
            cited |= {known.number: known for known in found}
            if good and good[-1][1] == found:  # one mark stands for all that goes before it
                bare = f"{good.pop()[0]} {bare}"
            good.append((bare, found))
        if good:
            lead = "- " if line.bullet else ""
            shown.append(
                lead + " ".join(_with(bare, [m for known in found for m in marks(known)]) for bare, found in good)
            )
            kept.append(lead + " ".join(_with(bare, [f"[{known.number}]" for known in found]) for bare, found in good))
    return Checked("\n".join(shown), "\n".join(kept), tuple(cited.values()), cut, said)


def _shown(
    bare: str,
    spoken: Language,
    may_be: Collection[Language],
    numbers: Iterable[str],
    knowledge: Knowledge,
    question: str,
) -> list[Known] | None:
    """What shows a sentence; None where nothing does."""
    known = [one for number in dict.fromkeys(numbers) if (one := knowledge[number]) is not None]
    named = tokens(plain(_counted(bare, spoken), spoken))
    if bare.endswith(_QUESTION) and not known:
        asked = sum((one.basis for one in knowledge), Basis(()))
        asks = _held(named, [one.source for one in knowledge], question)
        return [] if asks and not Said(bare, may_be).demands(asked, own=Basis([question])) else None
    if not (known and _held(named, [one.source for one in known], question)):
        return None
    basis = sum((one.basis for one in known), Basis(()))
    others = frozenset().union(*(one.basis.names for one in knowledge))
    return None if Said(bare, may_be).fault(basis, own=Basis([question]), others=others) else known


def _counted(text: str, spoken: Language) -> str:
    """With digits for number words, so that they are held against the source too."""
    for number, word in enumerate(spoken.numbers, 2):
        text = spoken.finds(word.split("/")).sub(f" {number} ", text)
    return text


def _held(named: Sequence[Token], sources: Sequence[Source], question: str) -> bool:
    """The person's own names may be said back; numbers and times may not."""
    own = Source(question)
    return all(
        any(source.holds(token) for source in sources) or (token.kind == "name" and own.holds(token)) for token in named
    )


def _cites(sentence: str, place: int, lines: Sequence[_Line]) -> Sequence[str]:
    """The sentence's own numbers, else those of its line, else those of the list that it belongs to."""
    own = _NUMBERS.findall(_marks(sentence))
    if own or lines[place].numbers:
        return own or lines[place].numbers
    return [number for line in _list_around(place, lines) for number in line.numbers]


def _list_around(place: int, lines: Sequence[_Line]) -> Sequence[_Line]:
    """The line that leads into a list, and its items."""
    start = place
    while start and lines[start].bullet:
        start -= 1
    if not (lines[start].bullet or lines[start].leads_in):
        start += 1
    end = start + 1
    while end < len(lines) and lines[end].bullet:
        end += 1
    return lines[start:end] if start <= place < end else []


def _line(text: str) -> _Line:
    bullet = _LEAD.match(text) is not None
    plain = _AFTER_END.sub(r"\2\1", _LEAD.sub("", text).strip())
    cited = _CITED_END.sub("\\1\n", plain).splitlines()
    parts = [part.strip() for one in cited for two in sentences(one) for part in _WIDE_END.split(two) if part.strip()]
    return _Line(bullet, _MARK.sub("", plain).rstrip().endswith(_LEADS_IN), tuple(parts))


def _marks(sentence: str) -> str:
    return " ".join(match[0] for match in _MARK.finditer(sentence))


def _with(bare: str, marks: Sequence[str]) -> str:
    """The marks stand behind the sentence, as in every answer here."""
    return " ".join([bare, *dict.fromkeys(filter(None, marks))])
