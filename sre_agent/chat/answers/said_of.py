"""What the log or the events of a thing say about words that are no field of it and no kind of answer.

`Is the sextant of web calibrated?` asks for nothing that Kubernetes knows; where the program itself has written of it,
that is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Subject
from sre_agent.chat import words as w
from sre_agent.chat.answer_context import AnswerContext
from sre_agent.chat.answers.log_words import lines
from sre_agent.chat.line_words import stem
from sre_agent.chat.lookup_session import data, enumeration

_KEEPERS: Final = frozenset({"Pod", "ReplicaSet", *w.WORKLOAD_KINDS})
_DISPLAY_LIMIT: Final = 5
_ROOM: Final = 700  # characters for lines
_MESSAGE: Final = 120


async def said_line(talk: AnswerContext, subject: Subject, words: Sequence[str]) -> str:
    """The lines of its log that hold all of the words, else its events that do, else those with one of the words;
    empty where there are none."""
    choices = [list(words), *([[word] for word in words] if len(words) > 1 else [])]
    for some in choices:
        stems = [stem(word) for word in some]
        if text := await _log_lines(talk, subject, some, stems) or await _in_events(talk, subject, stems):
            return text
    return ""


async def _log_lines(talk: AnswerContext, subject: Subject, words: Sequence[str], stems: Sequence[str]) -> str:
    if subject.kind not in _KEEPERS:
        return ""
    evidence = await talk.lookups.look_up(
        "kubernetes", "kubectl_study_logs", namespace=subject.namespace, name=subject.name, contains=list(stems),
        limit=_DISPLAY_LIMIT,
    )  # fmt: skip
    study = data(evidence)
    if not study.get("matched"):
        return ""
    quoted = enumeration([f'"{word}"' for word in words])
    mark = talk.lookups.cite(evidence, str(study["lines"][0]["text"]))
    head = f"{study['matched']} of {study['read']} lines in the log of {subject.short} tell of {quoted}: {mark}"
    return "\n".join([head, *lines(list(reversed(study["lines"])), _ROOM)])


async def _in_events(talk: AnswerContext, subject: Subject, stems: Sequence[str]) -> str:
    if not subject.namespace:
        return ""
    evidence = await talk.lookups.look_up("kubernetes", "kubectl_events", namespace=subject.namespace)
    matches = [row for row in data(evidence).get("events", []) if _is_of(row, subject) and _holds(row, stems)]
    if not matches:
        return ""
    head = f"Events of {subject.short} that tell of it: {talk.lookups.cite(evidence, str(matches[0]['message']))}"
    return "\n".join([head, *map(_event, matches[:_DISPLAY_LIMIT])])


def _event(row: dict[str, Any]) -> str:
    return f"- {row['last']} {row['reason']}: {excerpt(str(row['message']), _MESSAGE)}"


def _is_of(row: dict[str, Any], subject: Subject) -> bool:
    name = str(row["object"]).partition("/")[2]
    return name == subject.name or name.startswith(f"{subject.name}-")


def _holds(row: dict[str, Any], stems: Sequence[str]) -> bool:
    text = f"{row['reason']} {row['message']}".lower()
    return all(one in text for one in stems)
