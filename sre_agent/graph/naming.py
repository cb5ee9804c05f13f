"""A call as exactly as its dry run can name it: what a permit is made out for."""

from __future__ import annotations

from mcp_servers.contract import calls
from mcp_servers.contract.facts import Answer
from sre_agent.domain.action import Call
from sre_agent.errors import PermanentError


def resolve_names(call: Call, preview: Answer) -> Call:
    """The call with what its dry run found it to mean, as the ReplicaSet behind a revision's number.

    PermanentError where the server means something else than what was asked.
    """
    preview_arguments = preview.data.get("arguments") or {}
    both = preview_arguments.keys() & call.arguments.keys()
    call_values, preview_values = (
        {key: arguments[key] for key in both} for arguments in (call.arguments, preview_arguments)
    )
    if calls.digest(call.tool, call_values) != calls.digest(call.tool, preview_values):
        raise PermanentError(f"The dry run of {call.tool} is of another call than the one that was asked for.")
    return call.model_copy(update={"arguments": {**preview_arguments, **call.arguments}})
