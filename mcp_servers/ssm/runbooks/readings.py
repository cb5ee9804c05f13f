"""What describing steps of a runbook would read now, so that its undo is known before anybody approves it.

Only `aws:executeAwsApi` steps whose API begins with Describe are asked, and a few that tell as little that is secret,
with the server's own role; whatever else the undo needs is known after the run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.contract.facts import Coverage
from mcp_servers.serving.aws import AwsAccount, gap
from mcp_servers.serving.errors import TeachingError
from mcp_servers.ssm.runbooks.steps import fill

_PART = re.compile(r"\.\.(\w+)|\.(\w+)|\[(\d+)\]")
_REFERENCE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
HARMLESS_READS: Final = frozenset({("sqs", "GetQueueUrl"), ("sqs", "GetQueueAttributes"), ("lambda", "GetAlias")})


def read_ahead(
    account: AwsAccount, content: Mapping[str, Any], values: Mapping[str, Any], wanted_outputs: list[str]
) -> tuple[dict[str, list[str]], list[Coverage]]:
    """`Step.Output` -> values for those of `wanted_outputs` that can be read now, and what could not."""
    needed = _with_sources(content, set(wanted_outputs))
    outputs: dict[str, list[str]] = {}
    coverage: list[Coverage] = []
    for step in content.get("mainSteps", []):
        wanted_outs = [out for out in step.get("outputs") or [] if f"{step.get('name')}.{out.get('Name')}" in needed]
        earlier = {name: one[0] if len(one) == 1 else one for name, one in outputs.items()}
        inputs = fill(step.get("inputs") or {}, {**values, **earlier})
        service, api = str(inputs.get("Service", "")), str(inputs.get("Api", ""))
        is_plain = api.startswith("Describe") or (service, api) in HARMLESS_READS
        if not wanted_outs or step.get("action") != "aws:executeAwsApi" or not is_plain:
            continue
        params = {name: value for name, value in inputs.items() if name not in ("Service", "Api")}
        from botocore import xform_name  # noqa: PLC0415 - what asks AWS loads it, the list of tools need not wait for it

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


def _with_sources(content: Mapping[str, Any], wanted_outputs: set[str]) -> set[str]:
    """The same, and the outputs of earlier steps that the steps behind them refer to."""
    needed = set(wanted_outputs)
    for step in reversed(content.get("mainSteps", [])):
        names = {f"{step.get('name')}.{out.get('Name')}" for out in step.get("outputs") or []}
        if names & needed:
            needed |= set(_REFERENCE.findall(str(step.get("inputs"))))
    return needed


def select(answer: Any, selector: str) -> Any:
    """The value at `$.Name.Name[0]`, or all values of a `..Name`; None where there is none, or where the selector says
    more than that."""
    path = selector.removeprefix("$")
    parts = list(_PART.finditer(path))
    if not parts or "".join(part[0] for part in parts) != path:
        return None
    hits, many = [answer], False
    for part in parts:
        deep, name, index = part.groups()
        many = many or deep is not None
        hits = [hit for item in hits for hit in (_inside(item, deep) if deep else _at(item, name or int(index)))]
    return (hits or None) if many else next(iter(hits), None)


def _at(value: Any, place: str | int) -> list[Any]:
    try:
        return [value[place]]
    except (KeyError, IndexError, TypeError):
        return []


def _inside(value: Any, name: str) -> list[Any]:
    """Every value of that name, however deep."""
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else []
    own = [value[name]] if isinstance(value, Mapping) and name in value else []
    return own + [hit for child in children for hit in _inside(child, name)]
