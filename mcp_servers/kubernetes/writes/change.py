"""A write on one object as data: what it changes, how far it goes, and what is told of the object beforehand. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.contract.permits import WRITER, Writer
from mcp_servers.kubernetes.connection.client import Obj
from mcp_servers.kubernetes.snapshot.storage_classes import OF_A_CLASS
from mcp_servers.kubernetes.writes.patches import Patch
from mcp_servers.serving.errors import TeachingError

WITHOUT_SPEC: Final = ("data", "binaryData", *OF_A_CLASS)
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Change:
    """A write on the object as just read. `undo` is the call that restores what is there now, None with `no_undo`
    saying why."""

    patch: Patch
    undo: dict[str, Any] | None
    no_undo: str = ""
    arguments: dict[str, Any] | None = None  # the whole call, where it names more than was asked
    replica_set: Obj | None = None  # whose template is written, where it is one's


@dataclass(frozen=True)
class BlastRadius:
    """One sentence: which pods, who sends to them, how fast, what steers or guards them; what was read for it; and
    what else `data` of a preview tells."""

    sentence: str
    coverage: list[Coverage] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def declared_fields(obj: Obj) -> Obj:
    return {name: obj[name] for name in ("spec", *WITHOUT_SPEC) if name in obj}


def specification(obj: Obj) -> Obj:
    """What is wanted of an object: its spec, or what stands in its place in an object that has none."""
    if "spec" in obj:
        return dict(obj["spec"] or {})
    return {name: obj[name] for name in WITHOUT_SPEC if name in obj}


def last_writer(live: Obj) -> dict[str, Any] | None:
    """Which incident of any responder wrote to the object last, and when; None where none did."""
    writer = Writer.of_mark(str((live["metadata"].get("annotations") or {}).get(WRITER, "")))
    return writer.model_dump(mode="json") if writer is not None else None


def without_empty(value: Any) -> Any:
    """A field that holds nothing is as good as none: a patch that takes the last entry away may leave it."""
    if isinstance(value, list):
        return [without_empty(part) for part in value]
    if not isinstance(value, dict):
        return value
    parts = {name: without_empty(part) for name, part in value.items()}
    return {name: part for name, part in parts.items() if part not in ({}, [], None)}


def refuse_no_name(text: str, kind: str) -> None:
    """A name becomes a part of a path, so nothing may lead out of it."""
    if not _NAME.fullmatch(text):
        raise TeachingError("bad_request", repr(text), f"is not a valid name for a {kind}.")
