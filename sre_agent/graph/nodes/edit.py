"""An action whose arguments a person changed: previewed again on the live system, then judged and asked about anew.

An edit changes how the remedy is applied, never what it is applied to.
"""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from sre_agent.domain.action import NO_CHANGE, Action, ApprovalDecision
from sre_agent.errors import PermanentError
from sre_agent.graph import state_values
from sre_agent.graph.actions import previewed_again
from sre_agent.graph.context import Context
from sre_agent.graph.state import RunState

RESTORES = "An undo gives back what was there before, and nothing else."
OTHER_TARGET = "It would change {other}, and the question is about {own}."


async def edit(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """Goes back to the gate with the edited action, or with the one that was asked about and why the edit is refused.
    Raises ToolsUnavailableError where the server does not answer: the step runs again."""
    context = runtime.context
    action, decision = state_values.action(state), state_values.decision(state)
    plan, question = state_values.plan(state), state_values.question(state)
    if decision is None or plan is None or question is None:
        raise PermanentError("An edit was reached without an answer to a question.")
    try:
        if state.get("undoing"):
            raise PermanentError(RESTORES)
        edited_action, refused = await _edit_action(action, decision, context), ""
    except PermanentError as problem:
        edited_action, refused = action, str(problem)
    if not refused:
        context.progress.say(
            "action.proposed", context.incident, edited_action.call.tool, data=edited_action.model_dump(mode="json")
        )
    return Command(
        goto="gate",
        update=state_values.update(
            remediation_plan=plan.model_copy(update={"action": edited_action}),
            question=question.model_copy(update={"refused_edit": refused}),
            policy_decision=None,
            decision=None,
            permit="",
        ),
    )


async def _edit_action(action: Action, decision: ApprovalDecision, context: Context) -> Action:
    """Raises PermanentError where the tool does not take these arguments, or would act on something else."""
    arguments = {**action.call.arguments, **decision.arguments}
    call = action.call.model_copy(update={"arguments": {k: v for k, v in arguments.items() if v is not None}})
    preview = await context.toolbox.preview(context.incident, call)
    new_action = previewed_again(action, call, preview)
    if (new_action.scope, new_action.target.subject) != (action.scope, action.target.subject):
        raise PermanentError(OTHER_TARGET.format(other=new_action.target.subject, own=action.target.subject))
    if not new_action.diff:
        raise PermanentError(NO_CHANGE.capitalize())
    return new_action.model_copy(update={"edits": {**action.edits, **decision.arguments}, "edited_by": decision.by})
