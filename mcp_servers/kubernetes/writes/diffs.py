"""What a write would change, as lines: the YAML of what is wanted of an object before and after. Pure functions.

Only the spec is compared, or the data where there is none, so status, managedFields and versions are no noise. Values
of variables that are secret by their name are masked in both, and that they differ is said.
"""

from __future__ import annotations

import copy
import difflib
import hashlib
from collections.abc import Sequence
from typing import Any, Final

from mcp_servers.kubernetes.connection.client import Obj
from mcp_servers.kubernetes.writes.change import specification
from mcp_servers.redaction import redacted

LINES: Final = 60
CONTEXT: Final = 2
MASK: Final = "[redacted:secret]"
MASKED: Final = "~ values differ that are secret, going by their names"


def spec_diff(before: Obj, after: Obj) -> tuple[list[str], int]:
    """At most 60 lines of unified diff without file headers, and how many lines were left out."""
    lines = _diff(before, after)
    return lines[:LINES], max(0, len(lines) - LINES)


def spec_digest(before: Obj, after: Obj) -> str:
    """SHA-256, in hex, of the whole diff: also of what `spec_diff` leaves out."""
    return lines_digest(_diff(before, after))


def lines_digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _diff(before: Obj, after: Obj) -> list[str]:
    old, new = _lines(_mask(specification(before))), _lines(_mask(specification(after)))
    lines = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]
    if not lines and specification(before) != specification(after):
        lines = [MASKED]
    return lines


def _lines(spec: Any) -> list[str]:
    from mcp_servers.serving.yaml_text import yaml_text  # noqa: PLC0415 - the list of tools need not wait for PyYAML

    return yaml_text(spec, sort_keys=True, width=1000).splitlines()


def _mask(spec: Any) -> Any:
    result = copy.deepcopy(spec)
    job = ((result or {}).get("jobTemplate") or {}).get("spec")
    pod = (((job or result or {}).get("template") or {}).get("spec")) or {}
    for container in (*(pod.get("initContainers") or []), *(pod.get("containers") or [])):
        for variable in container.get("env") or []:
            line = f"{variable.get('name')}={variable.get('value')}"
            if variable.get("value") and redacted(line) != line:
                variable["value"] = MASK
    return result
