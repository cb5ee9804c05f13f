"""The undo that a runbook's author wrote into the document's tag `sre-agent:undo`. Pure functions.

The tag names a document and its parameters, in characters that AWS allows in a tag:
`Shop-SetCapacity Table=@TableName Units=@Before.WriteUnits Reason=undo`. `@Name` takes a parameter of this call,
`@Step.Output` an output of a step: known after the run, or before it
where the step only describes (see `readings`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def undo(
    tag: str, parameters: Mapping[str, Any], outputs: Mapping[str, list[str]] | None = None
) -> tuple[dict[str, Any] | None, list[str]]:
    """The undoing call as {tool, arguments}, or None and the outputs that are still unknown.

    `parameters` are the values of this call with defaults, `outputs` are `Step.Output` -> values of its run.
    """
    words = tag.split()
    if not words:
        return None, []
    call_arguments: dict[str, list[str]] = {}
    unknown: list[str] = []
    for word in words[1:]:
        name, _, value = word.partition("=")
        if not value.startswith("@"):
            call_arguments[name] = [value]
        elif value[1:] in parameters:
            parameter_value = parameters[value[1:]]
            call_arguments[name] = (
                [str(v) for v in parameter_value] if isinstance(parameter_value, list) else [str(parameter_value)]
            )
        elif outputs and value[1:] in outputs:
            call_arguments[name] = outputs[value[1:]]
        else:
            unknown.append(value[1:])
    if unknown:
        return None, unknown
    arguments = {"document": words[0], "parameters": call_arguments, "version": "$DEFAULT"}
    return {"tool": "start_automation", "arguments": arguments}, []
