"""A failure class as the file that says it, for classes that are drafted here and read by people.

Words from outside stand in it as words: no YAML and no template can come out of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from sre_agent.failures.model import FailureClass

WIDTH: Final = 120


def content(entry: FailureClass) -> dict[str, Any]:
    """What its file says, without what goes without saying. The class itself can be made of it again."""
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def as_file(content: Mapping[str, Any], remarks: Sequence[str] = ()) -> str:
    """The text of a class file with this content; `remarks` are our own lines above it."""
    head = "".join(f"# {' '.join(line.split())}\n" for line in remarks)
    body: str = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=WIDTH)
    return head + body
