"""What a conversation has found out so far, under the numbers by which a model cites it: L1, L2 …

A number stands for a call, for an answer of the rules, or for an earlier answer. It holds the statement that is shown
where a model picks it, the text that a model's words are held to, and the calls that a reader is shown for it. Old ones
are forgotten; a number is never given twice.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat.lookup_session import line_of, plain
from sre_agent.chat.model.knowledge_record import KnowledgeRecord, StatementRecord
from sre_agent.chat.reply import ChatReply, unmarked
from sre_agent.diagnosis import recency
from sre_agent.diagnosis.evidence_set import ObservedFact
from sre_agent.domain.finding import Evidence
from sre_agent.domain.report import EvidenceLine, Report
from sre_agent.language.grounding import has_claims
from sre_agent.language.source import EvidenceText
from sre_agent.language.sources import of_call
from sre_agent.prompting import fence
from sre_agent.reports.words import sentence_about

STATEMENT_LIMIT: Final = 80  # numbers that can be cited
QUESTION_LIMIT: Final = 6  # questions with their answers
MEMORY: Final = 6_000  # characters of them that a model reads
QUESTION: Final = 400  # characters of a question in memory
CLAIMS: Final = 3  # of one call
LONGEST: Final = 240  # characters of one
_MARK: Final = re.compile(r"\[(L\d+)\]")


@dataclass(frozen=True)
class KnownStatement:
    """`said` is the statement that tells it, marked by the numbers of `lines`, such as `[E1]`; `text` is what a model
    reads of it, and `source` what a sentence that cites it may name."""

    number: str
    statement: str
    text: str
    source: EvidenceText
    lines: tuple[EvidenceLine, ...]
    subjects: tuple[Subject, ...] = ()


@dataclass
class Knowledge:
    """Of one conversation."""

    _statements: dict[str, KnownStatement] = field(default_factory=dict)
    _count: int = 0
    _memory: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=QUESTION_LIMIT))

    def __getitem__(self, number: str) -> KnownStatement | None:
        return self._statements.get(number)

    def __iter__(self) -> Iterator[KnownStatement]:
        return iter(self._statements.values())

    @property
    def anything(self) -> bool:
        """Whether there were answers before."""
        return bool(self._memory)

    def number(self) -> str:
        """The next one, for what is about to be looked up: numbers are in the order of the calls."""
        self._count += 1
        return f"L{self._count}"

    def call(self, number: str, evidence: Evidence, question: str) -> KnownStatement:
        """A call that was made to answer `question`.

        What a model writes into a call proves nothing: a name in its arguments counts where the person named it, or
        where it was seen before.
        """
        inventions = [text for text in _leaves(evidence.arguments) if not self._was_known(text, question)]
        subjects = [o.subject for o in evidence.answer.observations] if evidence.answer is not None else []
        return self._add(
            number,
            _call_text(evidence),
            evidence.answer.text if evidence.answer is not None else evidence.error,
            of_call(_without(evidence, inventions) if inventions else evidence),
            [line_of(evidence).model_copy(update={"number": "E1"})],
            subjects,
        )

    def reply(self, number: str, reply: ChatReply, words: Sequence[Evidence], question: str) -> KnownStatement:
        """An answer of the rules to a question of a model's; `words` are calls that it cites, all that they say counts.

        Where nothing was found the answer only says back what was asked for.
        """
        text = reply.text
        if reply.outcome != "answered":
            for token in has_claims(reply.question):
                text = text if self._was_known(token.text, question) else text.replace(token.text, "")
        source = EvidenceText("\n".join([text, *(of_call(item).text for item in words)]))
        subjects = [Subject.model_validate(f"|{_full(short)}") for short in reply.subjects]
        return self._add(number, reply.text, unmarked(reply.text), source, reply.evidence, subjects)

    def report(self, number: str, report: Report, words: Sequence[Evidence]) -> KnownStatement:
        """An investigation's report with the calls that it cites."""
        report_text = "\n".join(dict.fromkeys([report.statement, *(link.text for link in report.chain)]))
        source = EvidenceText("\n".join([report_text, *(of_call(item).text for item in words)]), report.subjects)
        cause = report.diagnosis.hypothesis
        statement = " ".join(
            [excerpt(report_text, LONGEST * 2), *(f"[{line.number}]" for line in report.evidence[:CLAIMS])]
        )
        return self._add(
            number, statement, report_text, source, report.evidence, [cause.subject] if cause is not None else []
        )

    def remember(self, question: str, answer: str, number: str = "") -> None:
        """A question with its answer; marks in it are numbers from here, or `number` stands for all of it."""
        self._memory.append((question, answer, number))

    def memory(self) -> str:
        """The last questions and answers, fenced; the oldest are dropped first."""
        entries: list[str] = []
        room = MEMORY
        for question, answer, number in reversed(self._memory):
            question_text = fence("an earlier question", excerpt(question, QUESTION))
            one = f"{question_text}\n{fence(f'{number} its answer'.strip(), answer)}"
            room -= len(one)
            if room < 0:
                break
            entries.append(one)
        return "\n".join(reversed(entries))

    def record(self) -> KnowledgeRecord:
        """What another process needs to go on from here."""
        numbers = {number for _, answer, number in self._memory for number in (number, *_MARK.findall(answer))}
        statements = [
            StatementRecord(one.number, one.statement, one.text, one.source.text, one.lines, one.subjects)
            for one in self
            if one.number in numbers
        ]
        return KnowledgeRecord(self._count, tuple(self._memory), tuple(statements))

    def recall(self, record: KnowledgeRecord) -> None:
        """Go on from what was recorded."""
        self._count = record.count
        self._memory.extend(record.answers)
        for one in record.statements:
            source = EvidenceText(one.source)
            self._statements[one.number] = KnownStatement(
                one.number, one.statement, one.text, source, one.lines, one.subjects
            )

    def _was_known(self, text: str, question: str) -> bool:
        own = EvidenceText(question)
        return all(
            own.holds(token) or any(known_statement.source.holds(token) for known_statement in self)
            for token in has_claims(text)
        )

    def _add(
        self,
        number: str,
        statement: str,
        text: str,
        source: EvidenceText,
        lines: Sequence[EvidenceLine],
        subjects: Sequence[Subject] = (),
    ) -> KnownStatement:
        known_statement = KnownStatement(number, statement, text, source, tuple(lines), tuple(dict.fromkeys(subjects)))
        self._statements[number] = known_statement
        for old in list(self._statements)[:-STATEMENT_LIMIT]:
            del self._statements[old]
        return known_statement


def _without(evidence: Evidence, inventions: Sequence[str]) -> Evidence:
    """The call without what only its caller says: in its arguments, its coverage and its error."""

    def without_inventions(text: str) -> str:
        for one in inventions:
            text = text.replace(one, "")
        return text

    refusal = evidence.refusal.reworded(without_inventions) if evidence.refusal is not None else None
    answer = evidence.answer.model_copy(update={"coverage": []}) if evidence.answer is not None else None
    return evidence.model_copy(update={"arguments": {}, "refusal": refusal, "answer": answer})


def _call_text(evidence: Evidence) -> str:
    """What a call shows in the responder's sentences, what is wrong first; its own text where nothing was observed."""
    if evidence.answer is None or not evidence.answer.observations:
        text = evidence.answer.text if evidence.answer is not None else plain(evidence.error)
        return f"{evidence.tool}: {excerpt(text, LONGEST)} [E1]"
    observed_facts = [ObservedFact(one, evidence.id, evidence.asked_at) for one in evidence.answer.observations]
    observed_facts.sort(key=lambda one: one.code not in recency.ABNORMAL)
    sentences = dict.fromkeys(sentence_about([one], evidence.asked_at) for one in observed_facts)
    return "\n".join(f"{excerpt(text, LONGEST)}. [E1]" for text in list(sentences)[:CLAIMS])


def _full(short: str) -> str:
    """`Kind/name` of a subject without a namespace as it is written in full."""
    kind, *rest = short.split("/")
    return f"{kind}//{rest[0]}" if len(rest) == 1 else short


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
