"""Why a write was refused is read from the refusal's code, and never from its sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from mcp_servers.contract.permits import Target
from mcp_servers.contract.refusals import PermitCode, Refusal
from sre_agent.clock import SystemClock
from sre_agent.domain.action import Action, Call, Remediation
from sre_agent.errors import LeaseLostError
from sre_agent.graph.nodes import remediate
from sre_agent.toolbox.results import ToolRefusedError

CALL = Call(server="kubernetes", tool="kubectl_scale", arguments={"name": "web", "replicas": 4})
ACTION = Action(
    remedy="scale_out",
    failure_class="traffic_surge",
    purpose="Scale Deployment/shop/web to 4",
    call=CALL,
    scope="prod",
    subject="Deployment/shop/web",
    target=Target(subject="Deployment/shop/web", uid="u", version="7"),
    reversible=True,
    confidence=0.9,
)


def run_refusal(text: str, code: PermitCode | None, *before: PermitCode) -> Any:
    """Where a run goes after such a refusal, and after those that came before it."""
    problem = ToolRefusedError(text, Refusal(kind="refused", code=code or "", wrong=text))
    earlier = [_earlier(defect).model_dump(mode="json") for defect in before]
    context: Any = SimpleNamespace(clock=SystemClock())
    state: Any = {"permit": "", "allowed_by": "human:ada", "remediations": earlier}
    return remediate._on_refusal(state, ACTION, problem, context)


def _earlier(code: PermitCode) -> Remediation:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Remediation(
        call=CALL, permit="", allowed_by="human:ada", outcome="refused", text="Too late.", code=code, at=at
    )


def test_a_permit_that_came_too_late_is_asked_for_again_in_whatever_words_it_is_refused() -> None:
    assert run_refusal("Its time was over when it came.", "expired").goto == "gate"
    assert run_refusal("Its time was over when it came.", "expired", "expired").goto == "gate"
    handed_over = run_refusal("Its time was over when it came.", "expired", "expired", "expired")
    assert (handed_over.goto, handed_over.update["outcome"]["reason"]) == ("supervisor", "tools_unavailable")


@pytest.mark.parametrize("words", ["Deployment shop/web (expired) is protected.", "Chart (stale_epoch) is pinned."])
def test_words_in_a_refusal_that_look_like_a_code_are_none(words: str) -> None:
    assert run_refusal(words, None).goto == "plan"


def test_a_later_writer_ends_the_run_of_the_earlier_one_whatever_the_sentence() -> None:
    with pytest.raises(LeaseLostError):
        run_refusal("Somebody else has gone on.", "stale_epoch")


def test_a_target_that_changed_is_planned_anew() -> None:
    assert run_refusal("It changed meanwhile.", "stale_target").goto == "plan"
