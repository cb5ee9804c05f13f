"""An Automation document (schemaVersion 0.3) as the engine reads it: parameters, steps, outputs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from sre_agent.lab.aws.errors import AwsError

SUPPORTED = (
    "aws:approve",
    "aws:assertAwsResourceProperty",
    "aws:branch",
    "aws:executeAwsApi",
    "aws:sleep",
    "aws:waitForAwsResourceProperty",
)
DEFAULT_TIMEOUTS = {"aws:approve": 604_800, "aws:waitForAwsResourceProperty": 3_600}


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str = "String"
    description: str = ""
    default: Any = None
    required: bool = True
    allowed_values: tuple[Any, ...] = ()
    allowed_pattern: str = ""
    bounds: tuple[tuple[str, int], ...] = ()  # (minItems | maxItems | minChars | maxChars, number)


@dataclass(frozen=True)
class Output:
    name: str
    selector: str
    type: str = "String"


@dataclass(frozen=True)
class Step:
    """One step; `inputs`, `timeout` and `attempts` may still hold {{ references }}."""

    name: str
    action: str
    inputs: dict[str, Any]
    outputs: tuple[Output, ...] = ()
    next_step: str = ""
    is_end: bool = False
    on_failure: str = "Abort"
    on_cancel: str = ""
    is_critical: bool = True
    timeout: Any = None
    attempts: Any = 1


@dataclass(frozen=True)
class Runbook:
    description: str
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]

    def step(self, name: str) -> Step | None:
        return next((s for s in self.steps if s.name == name), None)

    def after(self, step: Step) -> Step | None:
        """The step that follows when this one names none; None at the end of the document."""
        place = self.steps.index(step) + 1
        return self.steps[place] if place < len(self.steps) else None


def load(content: str) -> dict[str, Any]:
    """The document's text, JSON or YAML, as a mapping; InvalidDocumentContent if it is neither."""
    try:
        found = json.loads(content) if content.lstrip().startswith("{") else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as problem:
        raise AwsError("InvalidDocumentContent", f"The content is neither JSON nor YAML: {problem}") from problem
    if not isinstance(found, dict):
        raise AwsError("InvalidDocumentContent", "The content of a document has to be a mapping.")
    return found


def parse(content: dict[str, Any]) -> Runbook:
    """Read and check the document's form; InvalidDocumentContent names the step or field that is wrong."""
    if str(content.get("schemaVersion")) != "0.3":
        raise AwsError("InvalidDocumentSchemaVersion", "An Automation document has schemaVersion '0.3'.")
    listed = content.get("mainSteps")
    if not isinstance(listed, list) or not listed:
        raise AwsError("InvalidDocumentContent", "An Automation document has a list of mainSteps.")
    steps = tuple(_step(raw) for raw in listed)
    names = [step.name for step in steps]
    for step in steps:
        if names.count(step.name) > 1:
            raise AwsError("InvalidDocumentContent", f"Two steps are called {step.name!r}.")
        for target in _targets(step):
            if target not in names and "{{" not in target:
                raise AwsError("InvalidDocumentContent", f"Step {step.name!r} goes to {target!r}, which is no step.")
    declared = content.get("parameters") or {}
    if not isinstance(declared, dict):
        raise AwsError("InvalidDocumentContent", "The parameters of a document are a mapping.")
    parameters = tuple(_parameter(str(name), raw) for name, raw in declared.items())
    outputs = tuple(str(name) for name in content.get("outputs") or [])
    return Runbook(str(content.get("description", "")), parameters, steps, outputs)


def refuse_unsupported(runbook: Runbook, document: str) -> None:
    """An execution of a document with another action never starts; the message names action and step."""
    for step in runbook.steps:
        if step.action not in SUPPORTED:
            raise AwsError(
                "InvalidAutomationExecutionParametersException",
                f"Document {document} cannot run here: step {step.name!r} has the action {step.action!r}. "
                f"Supported actions: {', '.join(SUPPORTED)}.",
            )


def _step(raw: Any) -> Step:
    if not isinstance(raw, dict) or not raw.get("name") or not raw.get("action"):
        raise AwsError("InvalidDocumentContent", f"Each of the mainSteps has a name and an action: {raw!r}")
    action = str(raw["action"])
    inputs = raw.get("inputs") or {}
    choices = (inputs.get("Choices") or []) if isinstance(inputs, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise AwsError("InvalidDocumentContent", f"The inputs of step {raw['name']!r} have no valid form: {inputs!r}")
    outputs = tuple(
        Output(str(o["Name"]), str(o.get("Selector", "$")), str(o.get("Type", "String")))
        for o in raw.get("outputs") or []
        if isinstance(o, dict) and "Name" in o
    )
    return Step(
        name=str(raw["name"]),
        action=action,
        inputs={str(key): value for key, value in inputs.items()},
        outputs=outputs,
        next_step=str(raw.get("nextStep", "")),
        is_end=_truth(raw.get("isEnd", False)),
        on_failure=str(raw.get("onFailure", "Abort")),
        on_cancel=str(raw.get("onCancel", "")),
        is_critical=_truth(raw.get("isCritical", True)),
        timeout=raw.get("timeoutSeconds", DEFAULT_TIMEOUTS.get(action)),
        attempts=raw.get("maxAttempts", 1),
    )


def _targets(step: Step) -> list[str]:
    """Every step that this one can name as its successor."""
    found = [step.next_step] if step.next_step else []
    found += [rule.removeprefix("step:") for rule in (step.on_failure, step.on_cancel) if rule.startswith("step:")]
    if step.action == "aws:branch":
        found += [str(c["NextStep"]) for c in step.inputs.get("Choices") or [] if "NextStep" in c]
        found += [str(step.inputs["Default"])] if step.inputs.get("Default") else []
    return found


def _parameter(name: str, raw: Any) -> Parameter:
    if not isinstance(raw, dict):
        raise AwsError("InvalidDocumentContent", f"Parameter {name!r} is described by a mapping, not {raw!r}.")
    try:
        re.compile(str(raw.get("allowedPattern", "")))
    except re.error as problem:
        raise AwsError(
            "InvalidDocumentContent", f"The allowedPattern of {name!r} is no pattern: {problem}"
        ) from problem
    return Parameter(
        name=name,
        type=str(raw.get("type", "String")),
        description=str(raw.get("description", "")),
        default=raw.get("default"),
        required="default" not in raw,
        allowed_values=tuple(raw.get("allowedValues") or ()),
        allowed_pattern=str(raw.get("allowedPattern", "")),
        bounds=tuple((key, int(raw[key])) for key in ("minItems", "maxItems", "minChars", "maxChars") if key in raw),
    )


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"
