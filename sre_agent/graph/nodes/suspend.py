"""The two places where a run stands still. They contain nothing but their interrupt, so entering twice does nothing."""

from __future__ import annotations

from langgraph.types import interrupt

from sre_agent.graph.state import RunState


async def approve(state: RunState) -> RunState:
    """Until a human decides, or the question expires."""
    return {"decision": interrupt({"kind": "approval", **(state["question"] or {})})}


async def wait(state: RunState) -> RunState:
    """Until it is time to look again, or to plan again what a limit held back."""
    interrupt({"kind": "wait", "until": state["wait_until"]})
    return {"wait_until": ""}


def after_wait(state: RunState) -> str:
    """Back to where it was waited from: to the plan or the gate until something is written, then to
    the look at it."""
    return state.get("wait_then") or "verify"
