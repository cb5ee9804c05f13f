"""What a run that may only read would do if it were let: previewed where that can be had, judged, never permitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sre_agent.diagnosis import remedies
from sre_agent.domain.action import NO_CHANGE, Action, PolicyDecision, SkippedRemedy
from sre_agent.domain.run import Denial
from sre_agent.errors import PermanentError, TemporaryError
from sre_agent.graph.actions import action_of, as_if_previewed
from sre_agent.graph.context import Context
from sre_agent.graph.judging import is_judgeable
from sre_agent.graph.state import RunState
from sre_agent.toolbox.results import ToolRefusedError

UNPREVIEWED: Final = ("refused", "denied", "failed")  # these say nothing of the remedy: no preview is to be had here


async def suggest(
    options: Sequence[remedies.Option],
    skipped: list[SkippedRemedy],
    denied: list[Denial],
    state: RunState,
    context: Context,
) -> tuple[Action, PolicyDecision] | None:
    """What a run with writes would propose first: previewed as far as a read-only server does that, and judged by the
    policies. Nothing is permitted by it."""
    for option in options:
        try:
            preview = await context.toolbox.preview_reading(option.call)
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
        action = action_of(option, preview) if preview is not None else as_if_previewed(option)
        policy_decision = context.policy.decide(action, severity=state.get("severity", "SEV3"))
        if policy_decision.verdict != "deny":
            return action, policy_decision
        skipped.append(SkippedRemedy(remedy=action.purpose, why=f"denied. {policy_decision.reason}"))
        denied.append(Denial(purpose=action.purpose, reason=policy_decision.reason))
    return None
