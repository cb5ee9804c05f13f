"""A Markdown file read as a runbook: front matter, sections, parameters. Pure functions; nothing in it is executed.

The front matter is YAML without aliases, and each field may be missing:

    title: Raise a table's capacity
    description: one sentence; else the first paragraph
    failure_classes: [table_throttled]
    tags: {team: shop}            # or a list of words
    parameters:
      TableName: the table        # or {description, type, default, allowed, pattern}
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from mcp_servers.ssm.runbooks.runbook import Runbook, classes

FRONT_CHARACTERS: Final = 16_000
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")


@dataclass(frozen=True)
class RunbookSection:
    """`level` counts from 1; 0 is what stands before the first heading."""

    heading: str
    level: int
    text: str


@dataclass(frozen=True)
class MarkdownRunbook:
    """`problem` says why the front matter could not be used; the text is there all the same."""

    runbook: Runbook
    sections: list[RunbookSection]
    problem: str = ""


class _Plain(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not supported in front matter")
        return super().compose_node(parent, index)


def read(name: str, text: str, revision: str = "") -> MarkdownRunbook:
    """The runbook in a file's text; `name` is its path, `revision` the commit it was read at."""
    front, body, problem = _front(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    sections = _sections(body)
    hash_ = hashlib.sha256(text.encode()).hexdigest()
    tags = _tags(front.get("tags"))
    names = _names(front.get("failure_classes", front.get("failure_class")))
    runbook = Runbook(
        kind="markdown",
        name=name,
        version=revision[:12] or hash_[:12],
        hash=hash_,
        title=_line(front.get("title")) or next((s.heading for s in sections if s.heading), ""),
        description=_line(front.get("description")) or _first_paragraph(sections),
        tags=tags,
        failure_classes=tuple(dict.fromkeys([*names, *classes(tags)])),
        parameters=_parameters(front.get("parameters")),
        mutating="unknown",
        steps=body,
    )
    return MarkdownRunbook(runbook, sections, problem)


def _front(text: str) -> tuple[dict[str, Any], str, str]:
    """Front matter, the text below it, and what is wrong with it."""
    if not text.startswith("---\n"):
        return {}, text, ""
    head, mark, body = text[4:].partition("\n---")
    if not mark or len(head) > FRONT_CHARACTERS:
        return {}, text, f"the front matter does not end with --- within {FRONT_CHARACTERS} characters"
    body = body.partition("\n")[2]
    try:
        front = yaml.load(head, _Plain)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        return {}, body, f"the front matter is not valid YAML: {' '.join(str(problem).split())[:200]}"
    if not isinstance(front, dict):
        return {}, body, "the front matter is not a mapping"
    return front, body, ""


def _sections(body: str) -> list[RunbookSection]:
    raw_sections: list[tuple[str, int, list[str]]] = [("", 0, [])]
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        heading = None if fence else _HEADING.match(line)
        if heading:
            raw_sections.append((heading[2], len(heading[1]), []))
        else:
            raw_sections[-1][2].append(line)
    sections = [RunbookSection(heading, level, "\n".join(lines).strip()) for heading, level, lines in raw_sections]
    return [section for section in sections if section.heading or section.text]


def _first_paragraph(sections: list[RunbookSection]) -> str:
    for section in sections:
        for paragraph in section.text.split("\n\n"):
            if paragraph.strip() and not _FENCE.match(paragraph):
                return " ".join(paragraph.split())
    return ""


def _parameters(entries: Any) -> list[dict[str, Any]]:
    """In the form that `parameters.described` has for documents; what has no form at all is left out."""
    if isinstance(entries, list):
        entries = {str(p.get("name", "")): p for p in entries if isinstance(p, dict)}
    if not isinstance(entries, dict):
        return []
    rows = []
    for name, rule in entries.items():
        rule = rule if isinstance(rule, dict) else {"description": rule}
        allowed = rule.get("allowed")
        plain = {
            "name": str(name),
            "type": _line(rule.get("type")) or "String",
            "description": _line(rule.get("description"))[:200],
            "default": _scalar(rule.get("default")),
            "allowed": [_line(value) for value in allowed] if isinstance(allowed, list) else None,
            "pattern": _line(rule.get("pattern")),
            "required": "default" not in rule,
        }
        rows.append({key: value for key, value in plain.items() if value not in (None, "")})
    return [p for p in rows if p.get("name")]


def _tags(entries: Any) -> dict[str, str]:
    if isinstance(entries, dict):
        return {str(key): _line(value) for key, value in entries.items()}
    return dict.fromkeys(_names(entries), "")


def _names(entries: Any) -> list[str]:
    if isinstance(entries, str):
        return entries.replace(",", " ").split()
    return [_line(value) for value in entries] if isinstance(entries, list) else []


def _scalar(value: Any) -> str | int | bool | None:
    """As JSON can hold it; YAML knows dates, bytes and numbers that JSON does not."""
    return value if value is None or isinstance(value, str | int) else _line(value)


def _line(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
