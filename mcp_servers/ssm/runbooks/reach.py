"""What a runbook reaches, in numbers, as its author wrote it into the tag `sre-agent:blast-radius`. Pure functions.

`instances=@Before.InstanceIds databases=1 messages=@Before.Messages`: a number, or a parameter or output that is one or
that is a list of what is reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def sources(tag: str) -> dict[str, str]:
    """What is counted -> the parameter or output that tells it."""
    pairs = [word.partition("=@") for word in tag.split()]
    return {what: source for what, mark, source in pairs if mark}


def reached(tag: str, parameters: Mapping[str, Any], outputs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """What is counted -> how many; what is not known is left out, and is never zero."""
    counts: dict[str, int] = {}
    for word in tag.split():
        what, _, text = word.partition("=")
        name = text.removeprefix("@")
        value: Any = text if not text.startswith("@") else outputs.get(name, parameters.get(name))
        if (count := _count(value)) is not None:
            counts[what] = count
    return counts


def _count(value: Any) -> int | None:
    texts = [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]
    if len(texts) == 1 and texts[0].isdecimal():
        return int(texts[0])
    return len(texts) or None
