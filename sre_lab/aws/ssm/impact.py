"""What a step would do to the account, told from the document alone: read, change, destroy, or not to be known."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sre_lab.aws.ssm.interpolation import UnknownReferenceError, render
from sre_lab.aws.ssm.parameters import as_text
from sre_lab.aws.ssm.runbook import AutomationDocument
from sre_lab.aws.ssm.steps import LOOP, RunbookStep, truth

READS = (
    *("batchget", "check", "describe", "estimate", "filter", "get", "head", "list", "lookup", "query", "scan"),
    *("search", "select", "simulate", "test", "validate", "view"),
)
DESTROYS = ("delete", "deregister", "destroy", "detach", "purge", "revoke", "terminate")
WITHOUT_CALLS = ("aws:approve", "aws:branch", "aws:pause", "aws:sleep", "aws:updateVariable")
CHANGES = (
    *("aws:changeInstanceState", "aws:copyImage", "aws:createImage", "aws:createStack", "aws:createTags"),
    *("aws:deleteImage", "aws:deleteStack", "aws:runInstances"),
)
WITH_API = ("aws:assertAwsResourceProperty", "aws:executeAwsApi", "aws:waitForAwsResourceProperty")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
CALL = re.compile(rf"\b({'|'.join(DESTROYS)})(?:_[a-z_]+\s*\(|-[a-z]+)", re.IGNORECASE)  # of boto3, of the AWS CLI
NAMING = ("DocumentName", "FunctionName", "Handler", "stateMachineArn")  # inputs that name what is run
GRAVITY = ("NonMutating", "Undetermined", "Mutating")

Find = Callable[[str], AutomationDocument | None]  # a document by its name


def nowhere(_: str) -> None:
    """Where no other document is known."""


def impact(step: RunbookStep, values: dict[str, Any], find: Find = nowhere) -> str:
    """Mutating, NonMutating, or Undetermined when it is known only while the document runs.

    `values` are the parameters that are known, `find` answers the documents that a step may start.
    """
    if step.action in WITHOUT_CALLS:
        return "NonMutating"
    if step.action == "aws:changeInstanceState" and truth(step.inputs.get("CheckStateOnly")):
        return "NonMutating"
    if step.action in CHANGES:
        return "Mutating"
    if step.action == LOOP:
        return _gravest([impact(inner, values, find) for inner in step.body])
    if step.action == "aws:executeAutomation":
        child = find(_resolve(step.inputs.get("DocumentName"), values))
        return _gravest([impact(s, {}, nowhere) for s in child.steps]) if child else "Undetermined"
    api = _api(step, values) if step.action in WITH_API else ""
    if not api:
        return "Undetermined"
    return "NonMutating" if api.startswith(READS) else "Mutating"


def destroys(step: RunbookStep, values: dict[str, Any], find: Find = nowhere) -> bool:
    """Whether what the step does cannot be taken back: by its call, its action, or what its author calls it."""
    if step.action in WITHOUT_CALLS:
        return False
    if step.action == LOOP:
        return any(destroys(inner, values, find) for inner in step.body)
    if step.action in WITH_API:
        return _api(step, values).startswith(DESTROYS)
    if step.action in CHANGES:
        ends = _resolve(step.inputs.get("DesiredState"), values) == "terminated"
        return step.action in ("aws:deleteImage", "aws:deleteStack") or ends
    child = find(_resolve(step.inputs.get("DocumentName"), values)) if step.action == "aws:executeAutomation" else None
    if child and any(destroys(s, {}, nowhere) for s in child.steps):
        return True
    names = [step.name, *(_resolve(step.inputs.get(name), values) for name in NAMING)]
    words = {word.lower() for name in names for word in WORD.findall(name)}
    return bool(words & set(DESTROYS)) or CALL.search(as_text(step.inputs)) is not None


def _gravest(grades: list[str]) -> str:
    return max(grades, key=GRAVITY.index, default="NonMutating")


def _api(step: RunbookStep, values: dict[str, Any]) -> str:
    """The call's name in small letters without separators; '' when it is known only while the document runs."""
    return _resolve(step.inputs.get("Api"), values).replace("_", "").replace("-", "").lower()


def _resolve(value: Any, values: dict[str, Any]) -> str:
    def lookup(name: str) -> Any:
        if name not in values:
            raise UnknownReferenceError(name)
        return values[name]

    try:
        return as_text(render(value, lookup))
    except UnknownReferenceError:
        return ""
