"""From a cause to one action: the first safe remedy whose dry run on the live system goes through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from sre_agent.diagnosis import remedies
from sre_agent.domain.action import NO_CHANGE, Action, PolicyDecision, SkippedRemedy
from sre_agent.domain.git_change import GitChange
from sre_agent.domain.incident import Reason
from sre_agent.domain.run import Denial, RemediationPlan
from sre_agent.errors import PermanentError
from sre_agent.graph import state_values
from sre_agent.graph.actions import action_of, last_writer
from sre_agent.graph.claims import OTHERS, of_other_responder
from sre_agent.graph.classes import known_classes
from sre_agent.graph.context import Context
from sre_agent.graph.declared_elsewhere import is_declared_elsewhere
from sre_agent.graph.ending import end
from sre_agent.graph.evidence import ledger
from sre_agent.graph.judging import is_judgeable, unjudged
from sre_agent.graph.state import RunState
from sre_agent.graph.suggestions import level_limit, suggest
from sre_agent.policy.limiting import stricter

ATTEMPTS = 3  # previews of the same remedy in one run: the target may move under us that often


async def plan(state: RunState, runtime: Runtime[Context]) -> Command[Any]:
    """Goes to the gate with an action for the first cause that is not mended yet, or ends with `no_safe_action`; where
    the cause is only proposed, with `inconclusive`. A run that may only read, or whose level there is below `approve`,
    ends with `writes_off` and the action that a run with writes would take.

    A cause that nothing can be done about does not keep the next one from being mended. A remedy that did not heal is
    never tried twice; where no other is left, the run ends with `verification_failed`.
    """
    context = runtime.context
    diagnosis = state_values.required_diagnosis(state)
    current_plan = state_values.plan(state) or RemediationPlan()
    attempts, mended_causes, denied, failed = (
        list(current_plan.attempts),
        current_plan.mended,
        list(current_plan.denials),
        current_plan.failed,
    )
    evidence, catalogue = await ledger(context), known_classes(state, context)
    skipped: list[SkippedRemedy] = []
    git_changes = list(current_plan.git_changes)
    for cause in diagnosis.to_mend:
        if cause.key in mended_causes:
            continue
        fitting, reasons = remedies.options(catalogue, cause, evidence)
        skipped += reasons
        options = [option for option in fitting if option.key not in {one.action.key for one in failed}]
        below = level_limit(options, context)
        if below is not None or not context.settings.writing.writes:
            could = await suggest(options, skipped, denied, git_changes, state, context)
            if could is not None and diagnosis.verdict != "proposed":
                suggestion, decision = could
                decision = stricter(decision, [below] if below is not None else [])
                return _writes_off(suggestion, decision, skipped, denied, git_changes, context)
            continue
        action = await _first_that_works(options, attempts, skipped, git_changes, state, context)
        if action is not None:
            action = action.model_copy(update={"proposed": diagnosis.verdict == "proposed"})
            _tell(action, context)
            new_plan = RemediationPlan(
                action=action,
                skipped=skipped,
                attempts=attempts,
                mended=mended_causes,
                denials=denied,
                failed=failed,
                rejections=current_plan.rejections,
                git_changes=git_changes,
                refused_in_rehearsal=current_plan.refused_in_rehearsal,
            )
            update = state_values.update(remediation_plan=new_plan, policy_decision=None, permit="")
            return Command(goto="gate", update=update)
    rejections = current_plan.rejections
    nothing = RemediationPlan(
        action=current_plan.action if rejections and not failed else None,
        skipped=skipped,
        attempts=attempts,
        mended=mended_causes,
        denials=denied,
        failed=failed,
        rejections=rejections,
        git_changes=git_changes,
        refused_in_rehearsal=current_plan.refused_in_rehearsal,
    )
    reason: Reason = "inconclusive" if diagnosis.verdict == "proposed" else "no_safe_action"
    if failed:  # something was done, and it is not known to have left all as it was without a human's eye
        reason = "verification_failed"
    elif rejections:
        reason = "approval_denied"
    return end(reason, state_values.update(remediation_plan=nothing))


def _writes_off(
    action: Action,
    policy_decision: PolicyDecision,
    skipped: list[SkippedRemedy],
    denied: list[Denial],
    git_changes: list[GitChange],
    context: Context,
) -> Command[Any]:
    _tell(action, context)
    new_plan = RemediationPlan(action=action, skipped=skipped, denials=denied, git_changes=git_changes)
    return end("writes_off", state_values.update(remediation_plan=new_plan, policy_decision=policy_decision))


def _tell(action: Action, context: Context) -> None:
    context.progress.say("action.proposed", context.incident, action.call.tool, data=action.model_dump(mode="json"))


async def _first_that_works(
    options: Sequence[remedies.Option],
    attempts: list[str],
    skipped: list[SkippedRemedy],
    git_changes: list[GitChange],
    state: RunState,
    context: Context,
) -> Action | None:
    """The first option whose dry run goes through and would change something; what was tried and skipped is added, and
    what belongs into Git.

    Raises ToolsUnavailableError where the server does not answer, or not as a whole: whether a remedy is safe is not
    known then, and the step runs again later.
    """
    for option in options:
        if attempts.count(option.key) >= ATTEMPTS or f"denied:{option.key}" in attempts:
            continue
        attempts.append(option.key)
        try:
            preview = await context.toolbox.preview(context.incident, option.call)
            if not is_judgeable(option, preview, state, context):
                raise unjudged(option, preview)
            if preview.data.get("diff") and await is_declared_elsewhere(option, preview, skipped, git_changes, context):
                continue
            if preview.data.get("diff"):
                return action_of(option, preview)
        except PermanentError as problem:
            skipped.append(SkippedRemedy(remedy=option.purpose, why=str(problem)))
            continue
        other = await of_other_responder(last_writer(preview), context)
        why = OTHERS.format(incident=other) if other else NO_CHANGE
        skipped.append(SkippedRemedy(remedy=option.purpose, why=why))
    return None
