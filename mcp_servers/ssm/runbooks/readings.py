"""What describing steps of a runbook would read now, so that its undo is known before anybody approves it.

Only `aws:executeAwsApi` steps whose API begins with Describe are asked, with the server's own role; whatever else the
undo needs is known after the run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.ssm.runbooks.steps import fill

_PART = re.compile(r"\.(\w+)|\[(\d+)\]")


def read_ahead(
    account: AwsAccount, content: Mapping[str, Any], values: Mapping[str, Any], wanted_outputs: list[str]
) -> tuple[dict[str, list[str]], list[Coverage]]:
    """`Step.Output` -> values for those of `wanted_outputs` that can be read now, and what could not."""
    outputs: dict[str, list[str]] = {}
    coverage: list[Coverage] = []
    for step in content.get("mainSteps", []):
        wanted_outs = [
            out for out in step.get("outputs") or [] if f"{step.get('name')}.{out.get('Name')}" in wanted_outputs
        ]
        inputs = fill(step.get("inputs") or {}, values)
        api = str(inputs.get("Api", ""))
        if not wanted_outs or step.get("action") != "aws:executeAwsApi" or not api.startswith("Describe"):
            continue
        params = {name: value for name, value in inputs.items() if name not in ("Service", "Api")}
        service = str(inputs.get("Service", ""))
        try:
            answer = account.ask(service, xform_name(api), **params)
        except TeachingError as problem:
            coverage.append(gap(problem, f"what step {step['name']} would read"))
            continue
        for out in wanted_outs:
            value = select(answer, str(out.get("Selector", "")))
            if value is not None:
                outputs[f"{step['name']}.{out['Name']}"] = (
                    [str(v) for v in value] if isinstance(value, list) else [str(value)]
                )
    return outputs, coverage


def select(answer: Any, selector: str) -> Any:
    """The value at `$.Name.Name[0]`; None where there is none, or where the selector says more than that."""
    path = selector.removeprefix("$")
    parts = list(_PART.finditer(path))
    if not parts or "".join(part[0] for part in parts) != path:
        return None
    for part in parts:
        try:
            answer = answer[part[1]] if part[1] else answer[int(part[2])]
        except (KeyError, IndexError, TypeError):
            return None
    return answer
