"""Who may say what: each sentence of a report with the sources that show it, and without them no sentence.

Calls of the ledger are E1, E2 … in the order in which the report cites them, signals S1 …, writes W1 … A sentence of
ours is filled in from the attributes of facts and stands on the calls that gave these. A sentence of a chat model is
searched for in them: one whose names, numbers or times are in none is dropped, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.observations import of_polarity
from sre_agent.domain.action import Remediation
from sre_agent.domain.base import EvidenceId
from sre_agent.domain.finding import Claim, Evidence
from sre_agent.domain.report import CitedRecord, EvidenceLine
from sre_agent.domain.signal import Signal
from sre_agent.language.grounding import has_claims, sentences
from sre_agent.language.source import EvidenceText
from sre_agent.language.sources import of_call, of_signal, of_write
from sre_agent.language.tokens import TextToken

EXCERPTS: Final = 3  # of one piece of evidence
SOURCES: Final = 4  # of one sentence; what needs more names too much
BAD: Final = of_polarity("trouble", "past_trouble", "reported")
CALM: Final = of_polarity("well")
CitedWords = tuple[str, datetime, str]  # letter, time, own words


class Citations:
    """`own` are the product's own words that look like names: failure classes, remedies."""

    def __init__(
        self,
        ledger: Sequence[Evidence],
        signals: Sequence[Signal] = (),
        writes: Sequence[Remediation] = (),
        own: Iterable[str] = (),
    ) -> None:
        self.dropped = 0
        self._own = frozenset(own)
        self._ledger = {item.id: item for item in ledger}
        self._first = _repeats(ledger)
        self._records: dict[str, CitedWords] = {s.id: ("S", s.received_at, f"{s.source}: {s.title}") for s in signals}
        self._records |= {w.permit: ("W", w.at, f"{w.call.tool}, permit {w.permit}") for w in writes if w.permit}
        self._unread: dict[str, Evidence | Signal | Remediation] = {
            **{item.id: item for item in ledger},
            **{s.id: s for s in signals},
            **{w.permit: w for w in writes if w.permit},
        }
        self._texts: dict[str, EvidenceText] = {}
        self._numbers: dict[str, str] = {}
        self._excerpts: dict[str, list[str]] = {}

    def number(self, source: str, shows: str = "") -> str:
        """The display number of a source, given at the first citation; empty for what is none.

        `shows` is the text of the source that is cited.
        """
        if source not in self._unread:
            return ""
        source = self._first.get(source, source)
        excerpts = self._excerpts.setdefault(source, [])
        if shows and shows not in excerpts and len(excerpts) < EXCERPTS:
            excerpts.append(shows)
        letter = self._records[source][0] if source in self._records else "E"
        count = sum(number.startswith(letter) for number in self._numbers.values())
        return self._numbers.setdefault(source, f"{letter}{count + 1}")

    def numbers(self, sources: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(number for number in map(self.number, sources) if number))

    def state(self, text: str, sources: Iterable[str] = ()) -> Claim | None:
        """A sentence of ours with the numbers of the given sources, and of others that hold what these do not.

        None, and one more dropped, where no source is given and none is found.
        """
        unread_sources = self._unread_sources(sources)
        holders, missing = self._holding(text, unread_sources)
        if not unread_sources and (missing or not holders):
            self.dropped += 1
            return None
        return self._claim(text, holders)

    def states(self, lines: Iterable[tuple[str, Iterable[str]]]) -> list[Claim]:
        claims = [self.state(text, sources) for text, sources in lines]
        return [claim for claim in claims if claim is not None]

    def quote(self, text: str, sources: Iterable[str], *, search: bool = False) -> Claim | None:
        """A model's sentence; None, and one more dropped, where the sources that it gives do not hold all of it. With
        `search` any other source may hold the rest."""
        holders, missing = self._holding(text, self._unread_sources(sources), search=search)
        if missing or not holders:
            self.dropped += 1
            return None
        return self._claim(text, holders)

    def quotes(self, lines: Iterable[tuple[str, Iterable[str]]], *, search: bool = False) -> list[Claim]:
        claims = [self.quote(text, sources, search=search) for text, sources in lines]
        return [claim for claim in claims if claim is not None]

    def statement(self, text: str, sources: Iterable[str]) -> tuple[str, list[str]]:
        """A text of ours, whole, and the numbers of what it stands on."""
        unread_sources = self._unread_sources(sources)
        for sentence in sentences(text):
            more, _ = self._holding(sentence, unread_sources)
            unread_sources += [source for source in more if source not in unread_sources]
        return text, self.numbers(unread_sources)

    def check(self, text: str, sources: Iterable[str]) -> tuple[str, list[str]]:
        """A model's text without the sentences that nothing shows, and the numbers of what shows the others.

        A sentence that names nothing is nobody's claim about the world and stays.
        """
        result: list[str] = []
        unread_sources = self._unread_sources(sources)
        cited_sources = list(unread_sources)
        for sentence in sentences(text):
            holders, missing = self._holding(sentence, unread_sources)
            if missing or (not holders and has_claims(sentence, self._own)):
                self.dropped += 1
                continue
            result.append(sentence)
            cited_sources += [source for source in holders if source not in cited_sources]
        return " ".join(result), self.numbers(cited_sources)

    def _holding(
        self, text: str, given_sources: Sequence[str], *, search: bool = True
    ) -> tuple[list[str], set[TextToken]]:
        """The given sources, and with `search` as few others as it takes for what the text names; and what none has."""
        cited_sources = list(given_sources)
        missing = {t for t in has_claims(text, self._own) if not any(self._source(s).holds(t) for s in cited_sources)}
        others = [source for source in self._unread if source not in cited_sources] if search else []
        while missing and others and len(cited_sources) < SOURCES + 1:
            holding = {source: self._covered_tokens(source, missing) for source in others}
            best = max(others, key=lambda source: len(holding[source]))
            if not holding[best]:
                break
            missing -= holding[best]
            cited_sources.append(best)
            others.remove(best)
        return cited_sources, missing

    def _unread_sources(self, sources: Iterable[str]) -> list[str]:
        return [source for source in dict.fromkeys(sources) if source in self._unread]

    def _claim(self, text: str, sources: Iterable[str]) -> Claim:
        return Claim(text=text, evidence=[EvidenceId(number) for number in self.numbers(sources)])

    def lines(self) -> list[EvidenceLine]:
        """All calls that were cited, in order."""
        return [
            self._line(number, self._ledger[EvidenceId(source)])
            for source, number in self._numbers.items()
            if source in self._ledger
        ]

    def records(self) -> list[CitedRecord]:
        """All signals and writes that were cited, in order."""
        pairs = [(number, self._records[source]) for source, number in self._numbers.items() if source in self._records]
        return [CitedRecord(number=number, at=at, what=what) for number, (_, at, what) in sorted(pairs)]

    def _covered_tokens(self, source: str, missing: set[TextToken]) -> set[TextToken]:
        return {token for token in missing if self._source(source).holds(token)}

    def _source(self, source: str) -> EvidenceText:
        if source not in self._texts:
            self._texts[source] = _text(self._unread[source])
        return self._texts[source]

    def _line(self, number: str, item: Evidence) -> EvidenceLine:
        return EvidenceLine(
            number=number,
            id=item.id,
            agent=item.agent,
            server=item.server,
            tool=item.tool,
            arguments=item.arguments,
            excerpt="\n".join(self._excerpts.get(item.id, []) or _telling(item)),
            failed=item.answer is None,
        )


def _repeats(ledger: Sequence[Evidence]) -> dict[str, str]:
    """A chat model's calls that had been made before and brought nothing new, with the first of their kind."""
    first_ids: dict[tuple[str, str, str], str] = {}
    repeats: dict[str, str] = {}
    for item in ledger:
        answer_text = item.error if item.answer is None else item.answer.text
        first = first_ids.setdefault((item.tool, repr(sorted(item.arguments.items())), answer_text), item.id)
        if item.by_model and first != item.id:
            repeats[item.id] = first
    return repeats


def _text(source: Evidence | Signal | Remediation) -> EvidenceText:
    if isinstance(source, Evidence):
        return of_call(source)
    return of_signal(source) if isinstance(source, Signal) else of_write(source)


def _telling(item: Evidence) -> list[str]:
    """The source's own words of trouble, or, where it tells of none, of what is well. What is neither explains nothing
    of an incident, and a table that a tool drew is nobody's words."""
    if item.answer is None:
        return [excerpt(item.error)] if item.error else []
    observations = [observation for observation in item.answer.observations if observation.excerpt]
    for codes in (BAD, CALM):
        if quoted := [observation.excerpt for observation in observations if observation.code in codes]:
            return list(dict.fromkeys(quoted))[:EXCERPTS]
    return []
