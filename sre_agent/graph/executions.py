"""The execution that a write started, for as long as it goes on: told as it goes, approved, stopped.

An approval step of the runbook was shown with the action: whoever approved the action approved it too. Where the
incident is called off or everything is paused, the execution is stopped. Signal and stop are writes of their own, each
under its own permit for the execution as it stands, within the approval that the first write had.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from sre_agent.domain.action import Call
from sre_agent.errors import LeaseLostError, PermanentError, TemporaryError
from sre_agent.graph import state_values
from sre_agent.graph.actions import previewed_again
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState

SERVER, LOOK, SIGNAL, STOP = "ssm", "get_automation", "send_automation_signal", "stop_automation"
APPROVE: Final = "aws:approve"
BY_A_PERSON: Final = "human:"  # who allowed a write, where that was no policy
StopResult = Literal["over", "stopped", "not_stopped"]
KEPT: Final = ("execution_id", "document", "version", "status", "current_step", "outputs", "failure", "stopped_by")


async def attend(state: RunState, context: Context) -> None:
    """What the newest look shows of the execution, where that is new, and what has to be done about it."""
    looks = await _looks(state, context)
    if not looks:
        return
    execution = looks[-1]
    if execution not in looks[:-1]:
        context.progress.say(
            "automation",
            context.incident,
            str(execution.get("document", "")),
            **{name: execution[name] for name in KEPT if name in execution},
            steps={str(step.get("name", "")): str(step.get("status", "")) for step in execution.get("steps", [])},
        )
    if execution.get("ended"):
        return
    if await context.limits.paused():
        await stop(state, context)
    elif (execution.get("waiting_at") or {}).get("action") == APPROVE and _is_approved_by_a_person(state):
        await _send(SIGNAL, {"execution_id": execution["execution_id"], "signal": "Approve"}, state, context)


async def stop(state: RunState, context: Context) -> StopResult:
    """Stop the execution of the last write, where it still goes on."""
    execution = await _newest(state, context)
    if execution is not None and execution.get("ended"):
        return "over"
    is_stopped = await _send(STOP, {"execution_id": _execution_id(state)}, state, context)
    return "stopped" if is_stopped else "not_stopped"


def may_go_on(state: RunState) -> bool:
    """Whether the last write started an execution."""
    return bool(_execution_id(state))


async def undo_call(state: RunState, context: Context) -> Call | None:
    """The call that takes the execution back, where that is known from what the run put out."""
    execution = await _newest(state, context)
    undo = execution.get("undo") if execution is not None else None
    return Call(server=SERVER, **undo) if undo else None


async def _send(tool: str, arguments: Mapping[str, Any], state: RunState, context: Context) -> bool:
    """One more write under the approval of the first. What it comes to is seen at the next look; the run goes on."""
    call = Call(server=SERVER, tool=tool, arguments=dict(arguments))
    now, lease_seconds = context.clock.now(), context.settings.state.lease_seconds
    if not await context.store.renew(context.incident, context.epoch, now, lease_seconds):
        raise LeaseLostError(f"Incident {context.incident} was taken over by another worker; nothing was sent.")
    try:
        preview = await context.toolbox.preview(context.incident, call)
        action = previewed_again(state_values.action(state), call, preview)
        permit = await context.permit_issuer.issue(
            action,
            incident=context.incident,
            epoch=context.epoch,
            allowed_by=state["allowed_by"],
            now=context.clock.now(),
        )
        await context.toolbox.write(context.incident, action.call, permit, allowed_by=state["allowed_by"])
    except (PermanentError, TemporaryError) as problem:
        text = f"{tool} on execution {arguments['execution_id']}: {problem}"
        context.progress.say("warning", context.incident, text=text)
        return False
    return True


async def _newest(state: RunState, context: Context) -> dict[str, Any] | None:
    """The execution of the last write as the newest look saw it; None where there is none, or nobody looked yet."""
    return next(reversed(await _looks(state, context)), None)


async def _looks(state: RunState, context: Context) -> list[dict[str, Any]]:
    """The execution of the last write as each look saw it, the newest last."""
    execution_id = _execution_id(state)
    evidence = await context.store.ledger(context.incident) if execution_id else []
    looks = [one for one in evidence if one.tool == LOOK and one.arguments.get("execution_id") == execution_id]
    return [one.answer.data for one in sorted(looks, key=lambda one: one.asked_at) if one.answer is not None]


def _execution_id(state: RunState) -> str:
    writes = state_values.remediations(state)
    return writes[-1].execution if writes else ""


def _is_approved_by_a_person(state: RunState) -> bool:
    """A policy that lets a write run unattended does not speak for the person whom a step asks."""
    return state.get("allowed_by", "").startswith(BY_A_PERSON)
