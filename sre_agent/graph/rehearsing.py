"""The rehearsal before a question, and before a write that nobody is asked about: what does not heal in a copy of the
namespace, or does harm there, is neither asked nor written.

Then the next remedy is taken, as after a rejection. A person's own edit is asked about whatever came of it.
"""

from __future__ import annotations

from typing import Any

from langgraph.types import Command

from sre_agent.domain.action import Action, SkippedRemedy
from sre_agent.domain.rehearsal import Rehearsal
from sre_agent.domain.run import RemediationPlan
from sre_agent.graph import state_values
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.evidence import ledger
from sre_agent.graph.looks import cause_of
from sre_agent.graph.state import RunState


def is_due(state: RunState, action: Action, context: Context) -> bool:
    """Whether the action was not rehearsed as it is now, is no undo, and no person has answered about it."""
    was_rehearsed = action.rehearsal is not None and action.rehearsal.action_digest == action.digest
    return (
        context.rehearsals is not None
        and not was_rehearsed
        and not state.get("undoing")
        and not _is_answered(state, action)
    )


async def with_rehearsal(state: RunState, action: Action, context: Context) -> Action:
    """The action with what came of it in a copy, where that is due."""
    if context.rehearsals is None or not is_due(state, action, context):
        return action
    context.progress.say("rehearsal.started", context.incident, action.call.tool)
    catalogue = known_classes(state, context)
    rehearsal = await context.rehearsals.rehearse(action, cause_of(state), await ledger(context), catalogue)
    rehearsal = rehearsal.model_copy(update={"action_digest": action.digest})
    context.progress.say("rehearsal.ended", context.incident, action.call.tool, data=rehearsal.model_dump(mode="json"))
    return action.model_copy(update={"rehearsal": rehearsal})


async def before_unattended(state: RunState, action: Action, context: Context) -> Command[Any]:
    """Back to the plan, or to the gate once more: the rehearsal took time, and whatever may stop a write is looked at
    after it."""
    action = await with_rehearsal(state, action, context)
    update = state_values.update(remediation_plan=with_action(state, action))
    return refused(state, action, update) or Command(goto="gate", update=update)


def refused(state: RunState, action: Action, update: RunState) -> Command[Any] | None:
    """Back to the plan where its rehearsal speaks against it; None where it may go on."""
    rehearsal = action.rehearsal
    if rehearsal is None or not rehearsal.is_refusal or action.edits or rehearsal.action_digest != action.digest:
        return None
    plan = with_action(state, action)
    changed = plan.model_copy(
        update={
            "refused_in_rehearsal": [*plan.refused_in_rehearsal, _skipped_remedy(action, rehearsal)],
            "attempts": [*plan.attempts, f"denied:{action.key}"],
        }
    )
    return Command(goto="plan", update={**update, **state_values.update(remediation_plan=changed)})


def with_action(state: RunState, action: Action) -> RemediationPlan:
    """The run's plan with the action as it is now."""
    return (state_values.plan(state) or RemediationPlan()).model_copy(update={"action": action})


def _skipped_remedy(action: Action, rehearsal: Rehearsal) -> SkippedRemedy:
    return SkippedRemedy(remedy=action.purpose, why=f"{rehearsal.text.rstrip('.')}.")


def _is_answered(state: RunState, action: Action) -> bool:
    decision = state_values.decision(state)
    return decision is not None and decision.action_digest == action.digest
