"""The part of X-Ray's filter expressions that finds a run again: annotations with a value, joined by AND."""

from __future__ import annotations

import json
import re
from typing import Any

from sre_agent.lab.aws.errors import AwsError

TERM = re.compile(r'annotation(?:\.(\w+)|\[(\w+)\])\s*=\s*("[^"]*"|true|false|-?\d+(?:\.\d+)?)', re.IGNORECASE)
Wanted = list[tuple[str, Any]]


def wanted_annotations(expression: str) -> Wanted:
    """(key, value) of each term, none for an empty expression; InvalidRequestException for any other form."""
    found: Wanted = []
    for part in re.split(r"\s+AND\s+", expression.strip(), flags=re.IGNORECASE) if expression.strip() else []:
        term = TERM.fullmatch(part.strip())
        if term is None:
            message = f"The lab reads filters of the form annotation.key = value AND ..., and not {part!r}."
            raise AwsError("InvalidRequestException", message)
        text = term[3] if term[3].startswith('"') else term[3].lower()
        found.append((term[1] or term[2], json.loads(text)))
    return found


def has_annotations(parts: list[dict[str, Any]], wanted: Wanted) -> bool:
    """Whether each wanted annotation stands on at least one of the segments or subsegments."""
    return all(any((part.get("annotations") or {}).get(key) == value for part in parts) for key, value in wanted)
