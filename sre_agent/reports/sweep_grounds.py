"""What a sweep has to say, line by line, and whether a sentence about it says nothing else.

A name has to be the sweep's, and a number or time has to stand where that name stands: in the same trouble, or in the
one that the sentence before was about. So a count of one thing is never told of another. What it says there with plain
words, of causes and persons, of what works and what is to be done, has to stand there as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sre_agent.domain.percent import whole_percent
from sre_agent.domain.sweep import Sweep, Trouble
from sre_agent.grounds import Basis, Said, Source, Token, language, languages_of, tokens

ENGLISH: Final = "en"
SYMPTOMS: Final = 6  # of one trouble, as a table shows them
UNNAMED: Final = re.compile(r"\band \d+ more\b")  # a count of what was left out, and of nothing else
COUNTED: Final = re.compile(r"\b(\d+) ([A-Za-z]+)")


@dataclass(frozen=True)
class _Place:
    """One trouble or remark. `sure` is how much a trouble's cause is believed, in percent."""

    source: Source
    basis: Basis
    sure: str = ""

    def holds(self, token: Token) -> bool:
        return token.text == self.sure or self.source.holds(token)


class SweepGrounds:
    """Asked for the sentences of one text in their order."""

    def __init__(self, found: Sweep) -> None:
        self._well = not found.troubles
        self._whole = "\n".join(lines(found)).casefold()
        self._counts = {match[0].casefold() for line in _head(found) for match in COUNTED.finditer(line)}
        self._head = _place("\n".join(_head(found)))
        self._places = [_place(_trouble(trouble), _sure(trouble), _told(trouble)) for trouble in found.troubles]
        self._places += [_place(line) for line in _remarks(found)]
        self._about = self._places

    def show(self, sentence: str) -> bool:
        """Whether the sentence may stand."""
        text = COUNTED.sub(lambda count: "" if count[0].casefold() in self._counts else count[0], _in_digits(sentence))
        named = tokens(text)
        names = [token for token in named if token.kind == "name"]
        about = [place for place in self._places if any(place.holds(name) for name in names)] if names else self._about
        unheld = [token for token in named if not any(place.holds(token) for place in about)]
        if not all(token.kind != "number" and self._head.holds(token) for token in unheld):
            return False
        if any(more[0] not in self._whole for more in UNNAMED.finditer(text.casefold())):
            return False
        basis = sum((place.basis for place in about), self._head.basis)
        if Said(sentence, languages_of(sentence, "")).fault(basis, over=self._well) is not None:
            return False
        self._about = about or self._about
        return True


def lines(found: Sweep) -> list[str]:
    """What the sweep has to say, as a model reads it."""
    told = _head(found)
    for trouble in found.troubles:
        told.append(_told(trouble))
    return [*told, *_remarks(found)]


def _told(trouble: Trouble) -> str:
    sure = f"{trouble.failure_class}, {_sure(trouble)} sure" if trouble.verdict == "cause" else "cause open"
    return f"{'New trouble' if trouble.new else 'Trouble'} ({sure}): {_trouble(trouble)}"


def _head(found: Sweep) -> list[str]:
    taken = f"Taken at {found.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    return [found.statement.split("\n")[0], f"{taken}: {found.looked_at}" if found.looked_at else taken]


def _trouble(trouble: Trouble) -> str:
    since = f", since {trouble.since:%Y-%m-%dT%H:%M:%SZ}" if trouble.since else ""
    explains = f" It explains: {'; '.join(trouble.symptoms[:SYMPTOMS])}." if trouble.symptoms else ""
    kind = f" [{trouble.failure_class}]" if trouble.failure_class else ""
    return f"{trouble.subject.short}{kind}{since}: {trouble.statement}{explains}"


def _remarks(found: Sweep) -> Iterator[str]:
    for title, of in (
        ("Gone since the last sweep", found.gone),
        ("Unwise, not broken", found.hygiene),
        ("Not seen", found.gaps),
    ):
        for line in of:
            yield f"{title}: {line}"


def _place(text: str, sure: str = "", told: str = "") -> _Place:
    return _Place(Source(UNNAMED.sub(" ", text)), Basis([told or text]), sure)


def _sure(trouble: Trouble) -> str:
    return f"{whole_percent(trouble.confidence)}%" if trouble.verdict == "cause" else ""


def _in_digits(sentence: str) -> str:
    """With numbers in words as numbers, which are checked alike."""
    english = language(ENGLISH)
    assert english is not None
    for place, word in enumerate(english.numbers):
        sentence = re.sub(rf"\b{word}\b", str(place + 2), sentence, flags=re.I)
    return sentence
