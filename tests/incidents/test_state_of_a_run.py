"""What a run leaves in its state, read back from its checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sre_agent.domain.run import Outcome
from sre_agent.graph import state_values
from sre_agent.graph.stored_run import kept_state
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


async def test_findings_messages_and_the_end_stand_in_the_state_of_a_run(stage: Open) -> None:
    with stage("payday-evening") as it:
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime)
            state = (await kept_state(runtime.worker._graph, incident.id)).values
    assert report is not None
    assert state_values.outcome(state) == Outcome(status=report.status, reason=report.reason)
    findings = {one.agent: one for one in state_values.findings(state)}
    assert state["k8s_findings"]["claims"] and state["logs_findings"] and state["metrics_findings"]
    assert not state.get("findings"), "the shipped specialists have fields of their own"
    messages: dict[str, list[str]] = {}
    for message in state["messages"]:  # one for each round of an agent
        messages.setdefault(message.name, []).append(message.content)
    assert set(findings) | {"diagnose", "report"} == set(messages)
    assert findings["kubernetes"].claims[0].text in "\n".join(messages["kubernetes"])
    assert messages["diagnose"][-1] == report.diagnosis.statement and messages["report"] == [report.statement]
