"""A runbook of either kind, an Automation document or a Markdown file, as it is ranked, listed and observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.serving.markdown import within
from mcp_servers.ssm.runbooks import steps
from mcp_servers.ssm.runbooks.library import RunbookDocument
from mcp_servers.ssm.runbooks.parameters import parameter_rows

PARAMETERS: Final = 6_000  # characters of a runbook's parameters, as JSON
CLASS_TAGS: Final = ("sre-agent:failure-class", "sre-agent:failure-classes")  # values are separated by spaces


@dataclass(frozen=True)
class Runbook:
    """`parameters` as `parameters.described` gives them; `steps` is the text that says what it does.

    An Automation document can be started, a Markdown file is for people to follow.
    """

    kind: Literal["automation", "markdown"]
    name: str
    version: str
    hash: str
    title: str
    description: str
    tags: dict[str, str]
    failure_classes: tuple[str, ...]
    parameters: list[dict[str, Any]]
    mutating: steps.Changes
    steps: str

    def searched(self) -> dict[str, str]:
        """The fields of `ranking.WEIGHTS`."""
        return {
            "failure_classes": " ".join(self.failure_classes),
            "name": f"{self.name.removesuffix('.md')} {self.title}",
            "tags": " ".join(f"{key} {value}" for key, value in self.tags.items()),
            "description": self.description,
            "parameters": " ".join(f"{p['name']} {p.get('description', '')}" for p in self.parameters),
            "steps": self.steps,
        }

    def plain(self) -> dict[str, Any]:
        """As data. Only what can be started has `tags`: clients choose by them what to start."""
        fields = {
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "hash": self.hash,
            "title": self.title,
            "description": excerpt(self.description),
            "failure_classes": list(self.failure_classes),
            "parameters": self._shown_parameters,
            "tags" if self.kind == "automation" else "labels": self.tags,
            "mutating": self.mutating,
        }
        return {key: value for key, value in fields.items() if value or key in ("tags", "parameters")}

    @property
    def left_out(self) -> dict[str, int]:
        """How many parameters `plain` leaves out."""
        cut = len(self.parameters) - len(self._shown_parameters)
        return {"parameters": cut} if cut else {}

    @property
    def _shown_parameters(self) -> list[dict[str, Any]]:
        """The parameters within bounds; where they are too many, those that have to be given come first."""
        rows = within(self.parameters, PARAMETERS)
        if len(rows) < len(self.parameters):
            rows = within(sorted(self.parameters, key=lambda p: not p["required"]), PARAMETERS)
        return rows

    def observed(self, scope: str) -> Observation:
        return Observation(
            code="runbook.found",
            subject=Subject(scope=scope, kind="Runbook", name=self.name),
            attributes={
                "document": self.name,
                "version": self.version,
                "mutating": self.mutating,
                "tags": [f"{key}={value}" if value else key for key, value in sorted(self.tags.items())],
            },
            excerpt=excerpt(self.description or self.title, 200),
        )


def of_document(document: RunbookDocument) -> Runbook:
    """An Automation document with as much of its content as could be read."""
    read = steps.read(document.content)
    return Runbook(
        kind="automation",
        name=document.name,
        version=document.version,
        hash=document.hash,
        title=str(document.about.get("DisplayName") or ""),
        description=document.description,
        tags=document.tags,
        failure_classes=classes(document.tags),
        parameters=parameter_rows(document.content),
        mutating=steps.changes([step.effect for step in read]),
        steps=" ".join(f"{step.name} {step.does}" for step in read),
    )


def classes(tags: Mapping[str, str]) -> tuple[str, ...]:
    """The failure classes that tags name."""
    return tuple(name for tag in CLASS_TAGS for name in tags.get(tag, "").split())


def row(plain: Mapping[str, Any]) -> list[str]:
    """One line of a list of runbooks."""
    names = ", ".join(p["name"] for p in plain["parameters"])
    about = " — ".join(text for text in (plain.get("title", ""), plain.get("description", "")) if text)
    return [plain["name"], plain["kind"], plain["mutating"], names, about]
