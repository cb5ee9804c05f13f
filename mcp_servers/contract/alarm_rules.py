"""The rule of a composite CloudWatch alarm: which alarms it is made of.

Whoever reads the alarm and whoever receives its notice mean the same ones.
"""

from __future__ import annotations

import re

_STATES = "ALARM|OK|INSUFFICIENT_DATA"
_NAME = r"\"[^\"]+\"|'[^']+'|[^\s()\"',]+(?: [^\s()\"',]+)*"
_CHILD = re.compile(
    rf"\b(?P<negated>NOT\s+)?(?P<state>{_STATES})\s*\(\s*(?P<one>{_NAME})\s*\)"
    rf"|\bAT_LEAST\s*\(\s*\d+%?\s*,\s*(?P<none>NOT\s+)?(?P<each>{_STATES})\s*,\s*\((?P<many>[^()]*)\)\s*\)"
)
_LISTED = re.compile(_NAME)


def children_named(rule: str) -> list[tuple[str, str]]:
    """(name, wanted state) of the alarms in a composite alarm's rule, each once, in its order."""
    states: dict[str, str] = {}
    for part in _CHILD.finditer(rule):
        negated, state = part["negated"] or part["none"], part["state"] or part["each"]
        for name in _LISTED.findall(part["one"] or part["many"]):
            bare = name.strip("\"'")
            bare = bare.rpartition(":alarm:")[2] if bare.startswith("arn:") else bare
            states.setdefault(bare, f"not {state}" if negated else state)
    return list(states.items())
