"""A complaint in a person's own words: what it names is found, and its ordinary words are no missing workloads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sre_agent.cli.drive import drive
from sre_agent.cli.view import SilentView
from sre_agent.domain.report import Report
from sre_agent.domain.signal import DESCRIPTION, Hint
from sre_agent.entrances import sentence
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Opens = Callable[[str], AbstractContextManager[Stage]]


async def test_words_of_a_complaint_are_looked_for_and_not_missed(stage: Opens) -> None:
    async def told(text: str) -> Report:
        signal = sentence.signal(text, intent="respond", received_at=runtime.clock.now())
        incident, _ = await runtime.responder.submit(signal)
        _, report = await drive(runtime, incident.id, SilentView(), "never")
        assert report is not None
        return report

    with stage("toll-gate") as it:
        it.alarm()
        async with it.runtime() as runtime:
            vague = await told("Mautbuchungen sind langsam und Fahrer warten")
            clear = await told("Seit heute Nacht ist pricing langsam, und viele warten in der Schlange")

    lines = [gap.text for gap in vague.gaps] + [step.what for step in vague.next_steps]
    assert vague.subjects == [] and any("names no workload" in line for line in lines)
    assert not [line for line in lines for word in ("sind", "langsam", "und", "Fahrer") if f"named {word}" in line]
    assert clear.subjects == ["Deployment/tolling/pricing"]
    assert not [gap.text for gap in clear.gaps if "named" in gap.text]


async def test_what_is_described_and_not_named_is_repaired_only_after_somebody_was_asked(stage: Opens) -> None:
    """The demo's policies would let this rollback run unattended."""
    hint = Hint(kind="Deployment", namespace="shop", name="payments-api", said_in=DESCRIPTION)
    with stage("payday-evening") as it:
        it.alarm()
        async with it.runtime() as runtime:
            signal = sentence.signal(
                "fix our web application in shop", intent="respond", received_at=runtime.clock.now()
            )
            incident, _ = await runtime.responder.submit(signal.model_copy(update={"hints": [hint]}))
            _, report = await drive(runtime, incident.id, SilentView(), "never")
    assert report is not None and report.policy_decision is not None and report.remediations == []
    assert report.policy_decision.verdict == "approve"
    assert "described the place and did not name it" in report.policy_decision.reason
