"""An Automation document (schemaVersion 0.3) as the engine reads it: parameters, variables, steps, outputs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from sre_lab.aws.errors import AwsError
from sre_lab.aws.ssm.steps import RunbookStep, read_steps

JAVA_CLASSES = {  # what document authors use of Java's patterns and Python's lack, as parts of a set
    "L": "A-Za-z\\u00aa-\\u024f",
    "Alpha": "A-Za-z",
    "Alnum": "A-Za-z0-9",
    "ASCII": r"\x00-\x7f",
    "Digit": "0-9",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"!-/:-@\[-`{-~",
    "Upper": "A-Z",
}
TOKEN = re.compile(r"\\p\{(?P<name>\w+)\}|\\.|[\[\]]", re.DOTALL)


class _Loader(yaml.SafeLoader):
    """YAML as JSON has it: a date is text, which policy versions such as 2012-10-17 are meant to be."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class RunbookParameter:
    name: str
    type: str = "String"
    description: str = ""
    default: Any = None
    required: bool = True
    allowed_values: tuple[Any, ...] = ()
    allowed_pattern: str = ""
    bounds: tuple[tuple[str, int], ...] = ()  # (minItems | maxItems | minChars | maxChars, number)


@dataclass(frozen=True)
class AutomationDocument:
    description: str
    parameters: tuple[RunbookParameter, ...]
    steps: tuple[RunbookStep, ...]
    outputs: tuple[str, ...] = ()
    variables: dict[str, Any] = field(default_factory=dict)  # by name, what they hold at the beginning

    def step(self, name: str) -> RunbookStep | None:
        return next((s for s in self.steps if s.name == name), None)

    def after(self, step: RunbookStep) -> RunbookStep | None:
        """The step that follows when this one names none; None at the end of the document."""
        place = self.steps.index(step) + 1
        return self.steps[place] if place < len(self.steps) else None


def load(content: str) -> dict[str, Any]:
    """The document's text, JSON or YAML, as a mapping; InvalidDocumentContent if it is neither."""
    text = content.removeprefix("\ufeff")
    try:
        # Scripts inside of JSON documents hold bare line ends, hence not strict.
        document = json.loads(text, strict=False) if text.lstrip().startswith("{") else yaml.load(text, _Loader)  # noqa: S506
    except (ValueError, yaml.YAMLError) as problem:
        raise AwsError("InvalidDocumentContent", f"The content is neither JSON nor YAML: {problem}") from problem
    if not isinstance(document, dict):
        raise AwsError("InvalidDocumentContent", "The content of a document has to be a mapping.")
    return document


def parse(content: dict[str, Any]) -> AutomationDocument:
    """Read and check the document's form; InvalidDocumentContent names the step or field that is wrong."""
    if str(content.get("schemaVersion")) != "0.3":
        raise AwsError("InvalidDocumentSchemaVersion", "An Automation document has schemaVersion '0.3'.")
    steps = content.get("mainSteps")
    if not isinstance(steps, list) or not steps:
        raise AwsError("InvalidDocumentContent", "An Automation document has a list of mainSteps.")
    return AutomationDocument(
        description=str(content.get("description", "")),
        parameters=tuple(_parameter(name, raw) for name, raw in _mapping(content, "parameters").items()),
        steps=read_steps(steps),
        outputs=tuple(str(name) for name in content.get("outputs") or []),
        variables={name: _initial(raw) for name, raw in _mapping(content, "variables").items()},
    )


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """An allowedPattern, which is Java's; re.error if it is none."""
    within = False  # a set

    def python(match: re.Match[str]) -> str:
        nonlocal within
        if match[0] in "[]":
            within = match[0] == "["
        if match[0] == r"\z":
            return r"\Z"
        members = JAVA_CLASSES.get(match["name"] or "")
        return match[0] if members is None else members if within else f"[{members}]"

    return re.compile(TOKEN.sub(python, pattern))


def _mapping(content: dict[str, Any], key: str) -> dict[str, Any]:
    mapping = content.get(key) or {}
    if not isinstance(mapping, dict):
        raise AwsError("InvalidDocumentContent", f"The {key} of a document are a mapping.")
    return {str(name): raw for name, raw in mapping.items()}


def _initial(raw: Any) -> Any:
    return raw.get("default") if isinstance(raw, dict) else raw


def _parameter(name: str, raw: Any) -> RunbookParameter:
    if not isinstance(raw, dict):
        raise AwsError("InvalidDocumentContent", f"Parameter {name!r} is described by a mapping, not {raw!r}.")
    pattern = str(raw.get("allowedPattern", ""))
    try:
        compile_pattern(pattern)
    except re.error as problem:
        message = f"The allowedPattern of {name!r} is no pattern: {problem}"
        raise AwsError("InvalidDocumentContent", message) from problem
    return RunbookParameter(
        name=name,
        type=str(raw.get("type", "String")),
        description=str(raw.get("description", "")),
        default=raw.get("default"),
        required="default" not in raw,
        allowed_values=tuple(raw.get("allowedValues") or ()),
        allowed_pattern=pattern,
        bounds=tuple((key, int(raw[key])) for key in ("minItems", "maxItems", "minChars", "maxChars") if key in raw),
    )
