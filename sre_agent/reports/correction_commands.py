"""The corrections that a person makes by hand, each with its kubectl line: the verb made for the field, else a JSON
patch."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sre_agent.diagnosis.corrections import in_words
from sre_agent.domain.diagnosis import Diagnosis, FieldCorrection
from sre_agent.domain.git_change import GitChange
from sre_agent.reports.commands import ConnectionOptions

_IMAGES: Final = ("image", "registry")
_PLAIN: Final = frozenset({*_IMAGES, "reference", "node_selector", "env", "resources"})  # values that are text
_PARTS: Final[Mapping[str, str]] = {"limit": "--limits", "request": "--requests"}


def corrections(diagnosis: Diagnosis, git_changes: Sequence[GitChange], reach: ConnectionOptions) -> list[str]:
    """A line for each correction that a cause needs: what to change, and the command. Without those of objects that are
    declared in Git, where a command would be put back."""
    in_git = {change.subject for change in git_changes}
    return [
        f"{_capitalise(in_words(change, with_present=True))}: {command(change, reach)}"
        for cause in diagnosis.causes
        for change in cause.corrections
        if change.subject.short not in in_git
    ]


def command(change: FieldCorrection, reach: ConnectionOptions) -> str:
    """The line; it changes this one field and leaves the others as they are."""
    subject = change.subject
    place, target = ["-n", subject.namespace], f"{subject.kind.lower()}/{subject.name}"
    words = _set(change, target) or ["patch", target, "--type=json", "-p", json.dumps([_operation(change)])]
    return shlex.join([*reach.kubectl, *place, *words])


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def _set(change: FieldCorrection, target: str) -> list[str]:
    if change.field in _IMAGES and change.value:
        return ["set", "image", target, f"{change.container}={change.value}"]
    if change.field == "env":
        variable = f"{change.name}={change.value}" if change.value else f"{change.name}-"
        return ["set", "env", target, "-c", change.container, variable]
    if change.field == "resources" and change.value:
        what, _, part = change.name.partition(" ")
        return ["set", "resources", target, "-c", change.container, f"{_PARTS[part]}={what}={change.value}"]
    return []


def _operation(change: FieldCorrection) -> dict[str, Any]:
    if not change.value:
        return {"op": "remove", "path": change.path}
    value = change.value if change.field in _PLAIN else json.loads(change.value)
    return {"op": "replace" if change.now else "add", "path": change.path, "value": value}
