"""What a run that may only read would do if it were let: previewed where that can be had, judged, never permitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mcp_servers.contract.blast_radius import NamespaceHealth
from sre_agent.diagnosis import remedies
from sre_agent.domain.action import NO_CHANGE, Action, LimitReached, PolicyDecision, SkippedRemedy
from sre_agent.domain.git_change import GitChange
from sre_agent.domain.run import Denial
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph.actions import action_of, as_if_previewed
from sre_agent.graph.context import Context
from sre_agent.graph.declared_elsewhere import is_declared_elsewhere
from sre_agent.graph.holding import circumstances_of
from sre_agent.graph.judging import is_judgeable
from sre_agent.graph.state import RunState
from sre_agent.toolbox.results import ToolRefusedError

UNPREVIEWED: Final = ("refused", "denied", "failed")  # these say nothing of the remedy: no preview is to be had here


def level_limit(options: Sequence[remedies.Option], context: Context) -> LimitReached | None:
    """The level below `approve` of what the first remedy is about, so that no writing identity is needed to preview it.
    Labels of its namespace are not known before that; the gate looks again."""
    about = [_without_labels(option) for option in options[:1]]
    return next((limit for one in about for limit in context.limits.level(one) if limit.effect == "stop"), None)


async def suggest(
    options: Sequence[remedies.Option],
    skipped: list[SkippedRemedy],
    denied: list[Denial],
    git_changes: list[GitChange],
    state: RunState,
    context: Context,
) -> tuple[Action, PolicyDecision] | None:
    """What a run with writes would propose first: previewed as far as a read-only server does that (not at all where
    the level is `observe`), and judged by the policies. Nothing is permitted by it."""
    for option in options:
        try:
            observes = context.limits.level_of(_without_labels(option))[0] == "observe"
            preview = None if observes else await context.toolbox.preview_reading(option.call)
        except ToolRefusedError as problem:
            if problem.refusal.kind not in UNPREVIEWED:
                skipped.append(SkippedRemedy(remedy=option.purpose, why=str(problem)))
                continue
            preview = None
        except (PermanentError, TemporaryError):
            preview = None
        if preview is not None and not is_judgeable(option, preview, state, context):
            preview = None  # as one that cannot be had
        if preview is not None and not preview.data.get("diff"):
            skipped.append(SkippedRemedy(remedy=option.purpose, why=NO_CHANGE))
            continue
        if preview is not None and await is_declared_elsewhere(option, preview, skipped, git_changes, context):
            continue
        action = action_of(option, preview) if preview is not None else as_if_previewed(option)
        policy_decision = context.policy.decide(
            action,
            severity=state.get("severity", "SEV3"),
            circumstances=await circumstances_of(action, state, context),
        )
        if policy_decision.verdict != "deny":
            return action, policy_decision
        skipped.append(SkippedRemedy(remedy=action.purpose, why=f"denied. {policy_decision.reason}"))
        denied.append(Denial(purpose=action.purpose, reason=policy_decision.reason))
    return None


def _without_labels(option: remedies.Option) -> Action:
    return as_if_previewed(option).model_copy(update={"namespace_health": NamespaceHealth(labels={})})
