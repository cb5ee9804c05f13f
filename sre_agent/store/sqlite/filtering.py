"""Which incidents are meant, as conditions of SQL; everything that a caller gave is a value and none of the text."""

from __future__ import annotations

import json
from typing import Any, Final

from sre_agent.store import IncidentFilter

ONE_OF: Final = "json_extract(body, '$.{field}') IN (SELECT value FROM json_each(:{field}))"
INSIDE: Final = "instr(lower(json_extract(body, '$.title')), lower(:text)) > 0"
WITHIN: Final = (  # a subject is kept as scope|Kind/namespace/name
    "EXISTS (SELECT 1 FROM json_each(body, '$.subjects') WHERE instr(value, '/' || :namespace || '/') > 0)"
)


def conditions(which: IncidentFilter) -> tuple[list[str], dict[str, Any]]:
    """The conditions, all of which have to hold, and their values."""
    clauses: list[str] = []
    values: dict[str, Any] = {}
    for field, choices in (("status", which.statuses), ("reason", which.reasons), ("severity", which.severities)):
        if choices:
            clauses.append(ONE_OF.format(field=field))
            values[field] = json.dumps(choices)
    if which.waiting:
        clauses.append("json_extract(body, '$.question') != ''")
    if which.namespace:
        clauses.append(WITHIN)
        values["namespace"] = which.namespace
    if which.text:
        clauses.append(INSIDE)
        values["text"] = which.text
    for name, sign, when in (("opened_from", ">=", which.opened_from), ("opened_until", "<", which.opened_until)):
        if when is not None:
            clauses.append(f"julianday(opened_at) {sign} julianday(:{name})")
            values[name] = when.isoformat()
    return clauses, values
