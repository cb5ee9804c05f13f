"""What Systems Manager documents of an Automation document with schemaVersion 0.3, as far as ours use the language.

From the service's reference of documents and of actions; what the actions pass on to an API is checked against the
model of that API. A document that uses anything else is a mistake here, not a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import botocore.session
from botocore.model import OperationModel, Shape

Json = dict[str, Any]
TOP: Final = {"schemaVersion", "description", "assumeRole", "parameters", "variables", "outputs", "mainSteps", "files"}
PARAMETER: Final = {
    *("type", "description", "default", "allowedValues", "allowedPattern", "minItems", "maxItems", "minChars"),
    *("maxChars", "displayType"),
}
PARAMETER_TYPES: Final = {"String", "StringList", "Integer", "Boolean", "MapList", "StringMap"}
OUTPUT_TYPES: Final = {"String", "StringList", "Integer", "Boolean", "MapList", "StringMap"}
STEP: Final = {
    *("name", "action", "description", "inputs", "outputs", "maxAttempts", "timeoutSeconds", "onFailure", "onCancel"),
    *("isCritical", "isEnd", "nextStep"),
}
OF_AN_API: Final = {"aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty"}
OF_THE_ACTION: Final = {"Service", "Api", "PropertySelector", "DesiredValues"}
# Required inputs and all inputs of the other actions.
INPUTS: Final[dict[str, tuple[set[str], set[str]]]] = {
    "aws:branch": ({"Choices"}, {"Choices", "Default"}),
    "aws:updateVariable": ({"Name", "Value"}, {"Name", "Value"}),
    "aws:changeInstanceState": (
        {"InstanceIds", "DesiredState"},
        {"InstanceIds", "DesiredState", "CheckStateOnly", "Force", "AdditionalInfo"},
    ),
    "aws:runCommand": (
        {"DocumentName"},
        {"DocumentName", "InstanceIds", "Targets", "Parameters", "TimeoutSeconds", "Comment", "MaxConcurrency"},
    ),
}
CHOICE: Final = {
    *("NextStep", "Variable", "StringEquals", "StringStartsWith", "NumericEquals", "NumericGreater", "NumericLesser"),
    *("NumericGreaterOrEquals", "NumericLesserOrEquals", "BooleanEquals", "And", "Or", "Not"),
}
REFERENCE: Final = re.compile(r"\{\{\s*([\w:.]+)\s*\}\}")
STEP_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,128}")
PATH: Final = re.compile(r"(?:\.\.?(\w+))|\[(?:\d+|\*)\]")


def mistakes(content: Json) -> Iterator[str]:
    """Each thing that the service would not take, or that would fail with the first execution."""
    yield from (f"{key} is no key of a document" for key in sorted(content.keys() - TOP))
    if content.get("schemaVersion") != "0.3":
        yield "schemaVersion is '0.3'"
    for name, rule in content.get("parameters", {}).items():
        yield from (f"parameter {name}: {what}" for what in _of_parameter(rule))
    steps = content["mainSteps"]
    names = [step["name"] for step in steps]
    yield from (f"two steps are called {name}" for name in set(names) if names.count(name) > 1)
    names_with_values = _names_with_values(content)
    for step in steps:
        yield from (f"step {step['name']}: {what}" for what in _of_step(step, names, names_with_values))
    outputs = {f"{step['name']}.{one['Name']}" for step in steps for one in step.get("outputs", [])}
    own = {f"{step['name']}.Output" for step in steps if step["action"] == "aws:runCommand"}
    yield from (f"there is no output {name}" for name in content.get("outputs", []) if name not in outputs | own)


def calls(content: Json) -> Iterator[tuple[str, str]]:
    """Each (service, API) that the document calls, those that an action makes by itself as well."""
    for step in content["mainSteps"]:
        inputs = step.get("inputs", {})
        if step["action"] in OF_AN_API:
            yield inputs["Service"], inputs["Api"]
        elif step["action"] == "aws:changeInstanceState":
            yield "ec2", {"stopped": "StopInstances", "running": "StartInstances"}[inputs["DesiredState"]]
            yield "ec2", "DescribeInstanceStatus"
        elif step["action"] == "aws:runCommand":
            yield from (("ssm", api) for api in ("SendCommand", "ListCommands", "ListCommandInvocations"))


def _names_with_values(content: Json) -> set[str]:
    """What a step can refer to."""
    variables = {f"variable:{name}" for name in content.get("variables", {})}
    steps = content["mainSteps"]
    outputs = {f"{step['name']}.{one['Name']}" for step in steps for one in step.get("outputs", [])}
    return set(content.get("parameters", {})) | variables | outputs


def _of_parameter(rule: Json) -> Iterator[str]:
    yield from (f"{key} is no key of a parameter" for key in sorted(rule.keys() - PARAMETER))
    if rule.get("type") not in PARAMETER_TYPES:
        yield f"{rule.get('type')} is no type"
    if not rule.get("description"):
        yield "it says not what it is"
    pattern = rule.get("allowedPattern", "")
    if rule.get("type") == "String" and not (pattern or rule.get("allowedValues")):
        yield "any text is taken"
    if pattern and not (pattern.startswith("^") and pattern.endswith("$")):
        yield "its pattern holds for a part of the text"
    if pattern and "default" in rule and not re.search(pattern, rule["default"]):
        yield "its default does not match its pattern"
    if "allowedValues" in rule and "default" in rule and rule["default"] not in rule["allowedValues"]:
        yield "its default is not allowed"


def _of_step(step: Json, names: list[str], values: set[str]) -> Iterator[str]:
    inputs, action = step.get("inputs", {}), step["action"]
    yield from (f"{key} is no key of a step" for key in sorted(step.keys() - STEP))
    if not STEP_NAME.fullmatch(step["name"]):
        yield "its name has other characters than letters, digits and _"
    targets = [step.get("nextStep", ""), *(c.get("NextStep", "") for c in inputs.get("Choices", []))]
    targets += [inputs.get("Default", "")] if action == "aws:branch" else []
    for rule in (step.get("onFailure", "Abort"), step.get("onCancel", "Abort")):
        if rule.startswith("step:"):
            targets.append(rule.removeprefix("step:"))
        elif rule not in ("Abort", "Continue"):
            yield f"{rule} is no rule"
    yield from (f"it goes to {target}, which is no step" for target in targets if target and target not in names)
    yield from (f"{{{{ {name} }}}} has no value" for name in REFERENCE.findall(str(inputs)) if name not in values)
    types = [one.get("Type") for one in step.get("outputs", [])]
    yield from (f"{name} is no type of an output" for name in types if name not in OUTPUT_TYPES)
    if action in OF_AN_API:
        yield from _of_call(step)
    elif action in INPUTS:
        required, every = INPUTS[action]
        yield from (f"it lacks {name}" for name in sorted(required - inputs.keys()))
        yield from (f"{name} is no input of {action}" for name in sorted(inputs.keys() - every))
        yield from (f"{key} is no key of a choice" for c in inputs.get("Choices", []) for key in c.keys() - CHOICE)
    else:
        yield f"{action} is no action that is known here"


def _of_call(step: Json) -> Iterator[str]:
    inputs = step["inputs"]
    operation = _operation(inputs["Service"], inputs["Api"])
    if operation is None:
        yield f"{inputs['Service']} has no API {inputs['Api']}"
        return
    needs = {"PropertySelector", "DesiredValues"} if step["action"] != "aws:executeAwsApi" else set()
    yield from (f"it lacks {name}" for name in sorted(needs - inputs.keys()))
    arguments = {key: value for key, value in inputs.items() if key not in OF_THE_ACTION}
    if operation.input_shape is not None:
        yield from _of_shape(arguments, operation.input_shape, inputs["Api"])
    selectors = [one["Selector"] for one in step.get("outputs", [])]
    selectors += [inputs["PropertySelector"]] if "PropertySelector" in inputs else []
    for selector in selectors:
        if not _leads_somewhere(selector, operation.output_shape):
            yield f"{selector} finds nothing in what {inputs['Api']} answers"


def _of_shape(value: Any, shape: Shape, where: str) -> Iterator[str]:
    """What the API would not take of these arguments; a reference is taken for what is wanted."""
    if shape.type_name == "structure" and isinstance(value, dict):
        yield from (f"{where} takes no {name}" for name in sorted(value.keys() - shape.members.keys()))
        yield from (f"{where} lacks {name}" for name in sorted(set(shape.required_members) - value.keys()))
        for name in sorted(value.keys() & shape.members.keys()):
            yield from _of_shape(value[name], shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for item in value:
            yield from _of_shape(item, shape.member, where)
    elif shape.type_name == "map" and isinstance(value, dict):
        for item in value.values():
            yield from _of_shape(item, shape.value, where)
    elif isinstance(value, dict | list) != (shape.type_name in ("structure", "list", "map")):
        if not (isinstance(value, str) and REFERENCE.fullmatch(value)):
            yield f"{where} takes a {shape.type_name}"
    elif getattr(shape, "enum", None) and isinstance(value, str) and "{{" not in value and value not in shape.enum:
        yield f"{where} takes {', '.join(shape.enum)}, not {value}"


def _leads_somewhere(selector: str, shape: Shape | None) -> bool:
    """Whether each name of the path is a member of what stands there; behind `..` it may be a member of anything."""
    for match in PATH.finditer(selector.removeprefix("$")):
        name, deep = match[1], match[0].startswith("..")
        if shape is None:
            return False
        if name is None:
            shape = shape.member if shape.type_name == "list" else None
        elif deep:
            shape = next(iter(_inside(shape, name, set())), None)
        elif shape.type_name == "map":
            shape = shape.value
        else:
            shape = shape.members.get(name) if shape.type_name == "structure" else None
    return shape is not None


def _inside(shape: Shape, name: str, parents: set[str]) -> Iterator[Shape]:
    if shape.name in parents:
        return
    parents.add(shape.name)
    if shape.type_name == "list":
        yield from _inside(shape.member, name, parents)
    elif shape.type_name == "structure":
        for member, inner in shape.members.items():
            if member == name:
                yield inner
            yield from _inside(inner, name, parents)


@cache
def _operation(service: str, api: str) -> OperationModel | None:
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return None
    model = session.get_service_model(service)
    return model.operation_model(api) if api in model.operation_names else None
