"""Whether a dry run says enough of a remedy to turn it down.

One that lacks a part for a while, as the content of a runbook or what would undo it, is no reason to: without that part
a remedy looks as if it changed nothing, or as if no policy permitted it.
"""

from __future__ import annotations

from mcp_servers.contract.facts import Answer
from sre_agent.diagnosis import remedies
from sre_agent.errors import ToolsUnavailableError
from sre_agent.graph.actions import action_of
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState
from sre_agent.policy.facts import Circumstances
from sre_agent.toolbox.retries import missing


def is_judgeable(option: remedies.Option, preview: Answer, state: RunState, context: Context) -> bool:
    """False where the remedy would be turned down, and a part is missing that a later dry run may bring."""
    if not missing(preview):
        return True
    if not preview.data.get("diff"):
        return False
    decision = context.policy.decide(
        action_of(option, preview),
        severity=state.get("severity", "SEV3"),
        circumstances=Circumstances(now=context.clock.now()),
    )
    return decision.verdict != "deny"


def unjudged(option: remedies.Option, preview: Answer) -> ToolsUnavailableError:
    """The error for it, which says what is missing."""
    lacking = missing(preview)[0]
    message = f"The dry run of {option.call.tool} lacks a part, so that it cannot be judged: {lacking.sentence}"
    return ToolsUnavailableError(message, code=lacking.code)
