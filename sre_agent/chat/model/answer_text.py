"""How a model's answer is told: what was found as the rules and the sources say it, then the model's words, apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.lookup_session import LookupSession
from sre_agent.chat.model.answer_check import CheckedAnswer
from sre_agent.chat.model.knowledge import Knowledge, KnownStatement
from sre_agent.chat.reply import unmarked
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.reasons import because

ABOUT: Final = 4
WHY: Final = 300  # characters of an error
MARKS: Final = 4  # of one thing that is cited
ASKS: Final = "The model asks what you mean."


def why(problem: ModelUnavailableError) -> str:
    """One line on why no model answers."""
    return excerpt(because("The chat model did not help", problem), WHY)


def subjects(text: str, known_statements: Iterable[KnownStatement]) -> list[Subject]:
    """What an answer is about: the cited subjects that it names, workloads before all else."""
    all_known = list({subject.short: subject for one in known_statements for subject in one.subjects}.values())
    matches = [subject for subject in all_known if _place(subject, text) >= 0]
    matches = matches or [subject for subject in all_known if f"{subject.name}-" in text]  # by the name of a pod of it
    workloads = [subject for subject in matches if subject.kind in w.WORKLOAD_KINDS]
    return sorted(workloads or matches, key=lambda subject: _place(subject, text))[:ABOUT]


def notes(checked_answer: CheckedAnswer, trouble: Sequence[str]) -> list[str]:
    """What a reader has to know of how the answer came about."""
    result = list(trouble)
    if checked_answer.dropped:
        left = "1 sentence was" if checked_answer.dropped == 1 else f"{checked_answer.dropped} sentences were"
        result.append(f"{left} left out: not supported by the evidence.")
    return result


def statements(known_statements: Iterable[KnownStatement], out: LookupSession) -> str:
    """What was looked up, as the rules and the sources tell it, with the marks of the answer that it stands in."""
    return "\n".join(dict.fromkeys(_renumber(known_statement, out) for known_statement in known_statements))


def words(checked_answer: CheckedAnswer, knowledge: Knowledge, out: LookupSession | None = None) -> str:
    """The model's own words with the marks of what they rest on; without lookups with its numbers in the conversation.
    One mark stands for all that goes before it."""
    lines = []
    for line in checked_answer.words:
        pairs: list[tuple[str, str]] = []
        for one in line.sentences:
            text, marks = one.text, _marks(one.cites, knowledge, out)
            if pairs and pairs[-1][1] == marks:
                text = f"{pairs.pop()[0]} {text}"
            pairs.append((text, marks))
        lines.append(("- " if line.bullet else "") + " ".join(f"{text} {marks}".strip() for text, marks in pairs))
    return "\n".join(lines)


def memory_text(known_statements: Sequence[KnownStatement], checked_answer: CheckedAnswer, knowledge: Knowledge) -> str:
    """An answer as a later question's model reads it."""
    statement_lines = [
        f"{unmarked(known_statement.statement)} [{known_statement.number}]" for known_statement in known_statements
    ]
    return "\n".join(filter(None, [*statement_lines, words(checked_answer, knowledge)]))


def _marks(cites: Sequence[str], knowledge: Knowledge, out: LookupSession | None) -> str:
    if out is None:
        return " ".join(f"[{number}]" for number in cites)
    statement_list = [one for number in cites if (one := knowledge[number]) is not None]
    marks = dict.fromkeys(out.adopt(line) for one in statement_list for line in one.lines[:MARKS])
    return " ".join(sorted(marks, key=lambda mark: int(mark[2:-1])))


def _renumber(known_statement: KnownStatement, out: LookupSession) -> str:
    """The lines that a statement is marked with, in the numbers of this answer."""
    marks = {f"[{line.number}]": line for line in known_statement.lines}
    return re.sub(
        r"\[E\d+\]", lambda match: out.adopt(marks[match[0]]) if match[0] in marks else "", known_statement.statement
    )


def _place(subject: Subject, text: str) -> int:
    match = re.search(rf"(?<![\w-]){re.escape(subject.name)}(?![\w-]*[A-Za-z0-9])", text, re.A)
    return match.start() if match else -1
