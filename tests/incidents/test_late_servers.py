"""Tool servers that do not start at first: that is waited for, and told as nobody's fault but the responder's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TextIO

import pytest

from sre_agent.toolbox.session import Session
from tests.incidents.conftest import Stage

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


FAILURES = {"kubernetes": 2, "cloudwatch": 1}  # of each server's first starts


async def test_an_incident_ends_as_always_when_its_servers_fail_to_start_at_first(
    stage: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stage("payday-evening") as it:
        starts, start = Counter[str](), Session._transport

        def transport(session: Session, errors: TextIO) -> Any:
            name = session.address.name
            starts[name] += 1
            if starts[name] <= FAILURES.get(name, 0):
                raise FileNotFoundError("no such program")
            return start(session, errors)

        monkeypatch.setattr(Session, "_transport", transport)
        async with it.runtime() as runtime:
            incident, report = await it.respond(runtime)
            ledger = await runtime.store.ledger(incident.id)
    assert all(starts[name] > failures for name, failures in FAILURES.items())
    assert (incident.status, incident.reason) == ("remediated", "fixed")
    assert not [item for item in ledger if item.is_transient], "all of it was asked again"
    assert report is not None
    assert not [gap for gap in report.gaps if "start" in gap.text], report.gaps
