"""Automation documents for the tests, built from steps."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def call(name: str, api: str, arguments: Json, **more: Any) -> Json:
    """A step that calls DynamoDB."""
    return step(name, "aws:executeAwsApi", {"Service": "dynamodb", "Api": api, **arguments}, **more)


def step(name: str, action: str, inputs: Json | None = None, **more: Any) -> Json:
    return {"name": name, "action": action, "inputs": inputs or {}, **more}


def sleep(name: str, duration: str = "PT5S", **more: Any) -> Json:
    return step(name, "aws:sleep", {"Duration": duration}, **more)


def create(ssm: Any, name: str, *steps: Json, parameters: Json | None = None, **more: Any) -> None:
    content = {"schemaVersion": "0.3", "parameters": parameters or {}, "mainSteps": list(steps), **more}
    ssm.create_document(
        Name=name, DocumentType="Automation", DocumentFormat="JSON", Content=json.dumps(content), Tags=[]
    )


def execution(ssm: Any, started: Json) -> Json:
    answer: Json = ssm.get_automation_execution(AutomationExecutionId=started["AutomationExecutionId"])
    return dict(answer["AutomationExecution"])


def statuses(automation: Json) -> Json:
    return {s["StepName"]: s["StepStatus"] for s in automation["StepExecutions"]}
