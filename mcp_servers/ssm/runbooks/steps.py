"""What the steps of an Automation document do, read from the document itself. Pure functions.

`Mutating`, `NonMutating` and `Undetermined` are AWS's own words for it. What is not known to be harmless is
undetermined, never harmless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Effect = Literal["Mutating", "NonMutating", "Undetermined"]
Changes = Literal["yes", "no", "unknown"]

HARMLESS: Final = frozenset(
    f"aws:{name}"
    for name in (
        "approve",
        "assertAwsResourceProperty",
        "branch",
        "pause",
        "sleep",
        "updateVariable",
        "waitForAwsResourceProperty",
    )
)
CHANGING: Final = frozenset(
    f"aws:{name}"
    for name in (
        "changeInstanceState",
        "copyImage",
        "createImage",
        "createStack",
        "createTags",
        "deleteImage",
        "deleteStack",
        "runInstances",
    )
)
_READING = re.compile(r"^(batch_?get|check|describe|filter|get|head|list|lookup|query|scan|search|select)", re.I)
_PLACE = re.compile(r"\{\{\s*([\w:.-]+)\s*\}\}")
_CONTROL = ("Service", "Api")


@dataclass(frozen=True)
class Step:
    """`does` is one line with the parameters filled in as far as they are known before the run."""

    name: str
    action: str
    effect: Effect
    does: str


def read(content: Mapping[str, Any], parameters: Mapping[str, list[str]] | None = None) -> list[Step]:
    """The steps in the order of the document, parameters (or their defaults) filled in."""
    values = known_values(content, parameters or {})
    return [
        Step(str(s.get("name", "")), str(s.get("action", "")), effect(s), _does(s, values))
        for s in content.get("mainSteps", [])
    ]


def effect(step: Mapping[str, Any]) -> Effect:
    action, inputs = step.get("action", ""), step.get("inputs") or {}
    if action == "aws:executeAwsApi":
        return "NonMutating" if _READING.match(str(inputs.get("Api", ""))) else "Mutating"
    if action == "aws:loop":
        return together([effect(inner) for inner in inputs.get("Steps", [])])
    if action in HARMLESS:
        return "NonMutating"
    return "Mutating" if action in CHANGING else "Undetermined"


def together(effects: list[Effect]) -> Effect:
    """The worst of them; of none: undetermined."""
    if "Mutating" in effects:
        return "Mutating"
    return "Undetermined" if "Undetermined" in effects or not effects else "NonMutating"


def changes(effects: list[Effect]) -> Changes:
    """The same as an answer to `does it change something?`."""
    answers: dict[Effect, Changes] = {"Mutating": "yes", "NonMutating": "no", "Undetermined": "unknown"}
    return answers[together(effects)]


def known_values(content: Mapping[str, Any], parameters: Mapping[str, list[str]]) -> dict[str, Any]:
    """Each parameter's value, given or default, as it stands in a step: a list only where its type is a list."""
    values: dict[str, Any] = {}
    for name, parameter in (content.get("parameters") or {}).items():
        if name in parameters:
            texts = parameters[name]
            values[name] = texts if "List" in str(parameter.get("type", "")) else (texts[0] if texts else "")
        elif "default" in parameter:
            values[name] = parameter["default"]
    return values


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """`{{ Name }}` replaced where the name is known; everything else as it stands."""
    if isinstance(value, Mapping):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value.strip())
    if whole and whole[1] in values:
        return values[whole[1]]
    return _PLACE.sub(lambda place: _text(values[place[1]]) if place[1] in values else place[0], value)


def _does(step: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    inputs = fill(step.get("inputs") or {}, values)
    action = str(step.get("action", ""))
    lead = action
    if {"Service", "Api"} <= inputs.keys():
        lead = f"{action} {inputs['Service']}:{inputs['Api']}"
    rest = {name: value for name, value in inputs.items() if name not in _CONTROL and name != "Script"}
    return " ".join([lead, *(f"{name}={_text(value)}" for name, value in rest.items())])[:300]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
