"""AWS as a recording tells it: what each API call answers, in place of the lab's own endpoint.

A call that the recording says nothing about succeeds; instances then are in the state that was last asked for, other
resources are ready at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sre_lab.aws.ssm import instance_actions
from sre_lab.aws.ssm.actions import StepFailure
from sre_lab.aws.ssm.runbook import AutomationDocument
from sre_lab.aws.ssm.steps import every

ERROR = "__error"
SUCCESSION = re.compile(r"\s+then\s+")
PART = re.compile(r"\.\.?([\w-]+)|\[(-?\d+|\*)\]|\['([^']+)'\]")
OWN_SELECTORS = {  # what the actions themselves read
    "describeinstancestatus": ["$.InstanceStatuses[0].InstanceState.Name"],
    "describeimages": ["$.Images[0].State"],
    "describestacks": ["$.Stacks[0].StackStatus"],
    "getcommandinvocation": ["$.Status"],
    "getautomationexecution": ["$.AutomationExecution.AutomationExecutionStatus"],
}
READY: dict[str, dict[str, Any]] = {
    "createimage": {"ImageId": "ami-recorded"},
    "copyimage": {"ImageId": "ami-recorded"},
    "describeimages": {"Images": [{"State": "available"}]},
    "describestacks": {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]},
    "getcommandinvocation": {"Status": "Success", "ResponseCode": 0},
    "sendcommand": {"Command": {"CommandId": "recorded"}},
}
REACHED = {call.lower(): state for state, call in instance_actions.CHANGES.items()} | {"rebootinstances": "running"}


@dataclass(frozen=True)
class RecordedCall:
    """One call that an execution made."""

    step: str
    service: str
    api: str
    arguments: dict[str, Any]


class RecordedAws:
    """What automations call in place of AWS when a recording is replayed.

    `responses` maps an API (`ec2:X` or `X`) to what it answers: a value, a list of successive values
    (the last one stays) or `{"__error": ...}`.

    A value that is no mapping is the one that the selectors of the document's steps find in the answer.
    """

    def __init__(self, responses: dict[str, Any], runbook: AutomationDocument, present_step: Callable[[], str]) -> None:
        self.calls: list[RecordedCall] = []
        self._answers = {_plain(api): _successive(value) for api, value in responses.items()}
        self._selectors = _selectors(runbook)
        self._present_step = present_step
        self._states: dict[str, str] = {}

    def __call__(self, service: str, api: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(RecordedCall(self._present_step(), service.lower(), api, arguments))
        name = _plain(api)
        answers = self._answers.get(f"{service.lower()}:{name}") or self._answers.get(name)
        if not answers:
            return self._default_answer(service, api, arguments)
        value = answers.pop(0) if len(answers) > 1 else answers[0]
        _refuse(value, api)
        if isinstance(value, dict):
            return value
        answer: dict[str, Any] = {}
        for selector in self._selectors.get(name, []):
            _place(answer, selector, value)
        return answer

    def _default_answer(self, service: str, api: str, arguments: dict[str, Any]) -> dict[str, Any]:
        name = _plain(api)
        if service.lower() == "ssm" and name == "startautomationexecution":
            raise StepFailure(f"The recording does not tell what the document {arguments.get('DocumentName')} does.")
        if name == "deletestack":
            self._answers.setdefault("describestacks", [{"Stacks": []}])
        ids = arguments.get("InstanceIds") or []
        if name in REACHED:
            self._states.update(dict.fromkeys(ids, REACHED[name]))
        if name == "describeinstancestatus":
            states = [(i, self._states.get(i, "running")) for i in ids]
            return {"InstanceStatuses": [{"InstanceId": i, "InstanceState": {"Name": state}} for i, state in states]}
        return READY.get(name, {})


def _plain(api: str) -> str:
    """`ec2:DescribeInstances`, `ec2.describe_instances` and the like in one form."""
    service, _, name = api.replace(".", ":").rpartition(":")
    plain = name.replace("_", "").replace("-", "").lower()
    return f"{service.lower()}:{plain}" if service else plain


def _successive(value: Any) -> list[Any]:
    if isinstance(value, str):
        return SUCCESSION.split(value)
    return list(value) if isinstance(value, list) else [value]


def _refuse(value: Any, api: str) -> None:
    error = value.get(ERROR) if isinstance(value, dict) else None
    if isinstance(value, str) and value.startswith(ERROR):
        error = value.removeprefix(ERROR).strip(": ") or "Error"
    if error is None:
        return
    details = error if isinstance(error, dict) else {"Code": error}
    code = details.get("Code") or details.get("code") or "Error"
    message = (
        details.get("Message")
        or details.get("message")
        or (value.get("Message", "") if isinstance(value, dict) else "")
    )
    raise StepFailure(f"An error occurred ({code}) when calling the {api} operation: {message}".rstrip(": "))


def _selectors(runbook: AutomationDocument) -> dict[str, list[str]]:
    by_api = {api: list(selectors) for api, selectors in OWN_SELECTORS.items()}
    for step in every(runbook.steps):
        paths = [str(step.inputs["PropertySelector"])] if "PropertySelector" in step.inputs else []
        paths += [output.selector for output in step.outputs]
        by_api.setdefault(_plain(str(step.inputs.get("Api", ""))), []).extend(paths)
    return by_api


def _place(answer: dict[str, Any], selector: str, value: Any) -> None:
    """Make `answer` one in which the selector finds the value: `$.A[0].B` of 5 is {"A": [{"B": 5}]}."""
    keys: list[str | int] = []
    for name, index, quoted in PART.findall(selector):
        keys.append(name or quoted or (0 if index in ("*", "-1") else int(index)))
    place: Any = answer
    for number, key in enumerate(keys):
        last = number + 1 == len(keys)
        empty = value if last else [] if isinstance(keys[number + 1], int) else {}
        if isinstance(place, list) and isinstance(key, int):
            place.extend({} for _ in range(key - len(place)))
            place.extend([empty] if key == len(place) else [])
        elif isinstance(place, dict) and isinstance(key, str):
            place.setdefault(key, empty)
        else:
            return  # another selector has put something else there
        place = place[key]
