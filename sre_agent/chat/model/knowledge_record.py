"""What of a conversation's knowledge is kept, so that it goes on in another process: as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from mcp_servers.contract.facts import Subject
from sre_agent.domain.report import EvidenceLine


@dataclass(frozen=True)
class StatementRecord:
    """A KnownStatement, its source as the text that it is."""

    number: str
    statement: str
    text: str
    source: str
    lines: tuple[EvidenceLine, ...]
    subjects: tuple[Subject, ...]


@dataclass(frozen=True)
class KnowledgeRecord:
    """`count` is the last number that was given, `answers` the last questions with their answers and numbers, and
    `statements` what these cite: nothing older can be asked back to."""

    count: int
    answers: tuple[tuple[str, str, str], ...]
    statements: tuple[StatementRecord, ...]
