"""What is told beside a model's checked answer: what it is about, what was left out, and what stands without it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.agents.specialist import claims
from sre_agent.chat import words as w
from sre_agent.chat.desk import Desk, plain
from sre_agent.chat.model.checking import Checked
from sre_agent.chat.model.knowledge import Known
from sre_agent.chat.model.reach import Reach
from sre_agent.chat.reply import Reply
from sre_agent.domain.finding import Evidence
from sre_agent.errors import ModelUnavailableError
from sre_agent.model.reasons import because

CLAIMS: Final = 3  # of one call
LONGEST: Final = 240  # characters of one
ABOUT: Final = 4
WHY: Final = 300  # characters of an error


def why(problem: ModelUnavailableError) -> str:
    """One line on why no model answers."""
    return excerpt(because("The chat model did not help", problem), WHY)


def subjects(text: str, cited: Iterable[Known], answers: Sequence[Reply]) -> list[Subject]:
    """What an answer is about: the cited subjects that it names, workloads before all else."""
    known = [subject for one in cited for subject in one.subjects]
    known += [Subject.model_validate(f"|{short}") for answer in answers for short in map(_full, answer.subjects)]
    all_known = list({subject.short: subject for subject in known}.values())
    named = [subject for subject in all_known if _place(subject, text) >= 0]
    named = named or [subject for subject in all_known if f"{subject.name}-" in text]  # by the name of a pod of it
    workloads = [subject for subject in named if subject.kind in w.WORKLOAD_KINDS]
    return sorted(workloads or named, key=lambda subject: _place(subject, text))[:ABOUT]


def notes(found: Checked, trouble: Sequence[str]) -> list[str]:
    """What a reader has to know of how the answer came about."""
    told = list(trouble)
    if found.cut:
        left = "1 sentence was" if found.cut == 1 else f"{found.cut} sentences were"
        told.append(f"{left} left out: what was said there is not in the evidence.")
    return told


def own_words(reach: Reach, out: Desk) -> str:
    """What was looked up, as the rules and the sources tell it; empty where nothing was."""
    lines = [_renumbered(answer, out) for answer in reach.answers]
    for known in reach.investigated:
        lines.append(" ".join([excerpt(known.text, LONGEST * 2), *(out.adopt(line) for line in known.lines[:CLAIMS])]))
    for item in reach.looked:
        seen = [excerpt(claim.text, LONGEST) for claim in claims([item])[:CLAIMS]]
        lines += [f"{text} {out.cite(item)}" for text in seen or [f"{item.tool}: {_short(item)}"]]
    return "\n".join(dict.fromkeys(lines))


def _short(item: Evidence) -> str:
    return excerpt(item.answer.text if item.answer is not None else plain(item.error), LONGEST)


def _renumbered(answer: Reply, out: Desk) -> str:
    text = answer.text
    marks = {f"[{line.number}]": out.adopt(line) for line in answer.evidence}
    return re.sub(r"\[E\d+\]", lambda found: marks.get(found[0], ""), text)


def _full(short: str) -> str:
    """`Kind/name` of a subject without a namespace as it is written in full."""
    kind, *rest = short.split("/")
    return f"{kind}//{rest[0]}" if len(rest) == 1 else short


def _place(subject: Subject, text: str) -> int:
    found = re.search(rf"(?<![\w-]){re.escape(subject.name)}(?![\w-]*[A-Za-z0-9])", text, re.A)
    return found.start() if found else -1
