"""Who is told of an incident while it waits, and what becomes of it where a channel does not answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from tests.incidents.conftest import Stage
from tests.incidents.test_approval import wait_for_end
from tests.notify.receiving import Received, Receiver, receiver

pytestmark = pytest.mark.anyio
Open = Callable[[str], AbstractContextManager[Stage]]


def as_slack(request: Received) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps({"ok": True, "channel": "C1", "ts": "17.1"}).encode()


def messages_of(slack: Receiver) -> list[tuple[str, str]]:
    """Of each message the method, and its first words."""
    return [(one.path.rpartition("/")[2], one.json["text"].partition(" [")[0]) for one in slack.requests]


async def test_each_step_is_told_once_in_one_message_and_a_dead_channel_stops_nothing(stage: Open) -> None:
    with stage("school-lunch") as it, receiver() as slack, receiver() as dead:
        slack.answer = as_slack
        dead.answer = lambda request: (503, {}, b"")
        settings: dict[str, Any] = {
            "notify": ("slack:#sre", "webhook:ops"),
            "notify_secrets": {"slack": "xoxb-made-up", "webhook:ops": f"{dead.url}/made-up-secret"},
            "slack_url": slack.url,
            "approval_seconds": 3600.0,
        }
        async with it.runtime(**settings) as runtime:
            incident, _ = await it.respond(runtime, "ask")
            await runtime.worker.run_until_idle()
            assert messages_of(slack) == [("chat.postMessage", "Waiting for approval")]
        async with it.runtime(**settings) as runtime:  # as after a restart
            await runtime.worker.run_until_idle()
            assert len(slack.requests) == 1, "told already"

            await runtime.clock.sleep_until(runtime.clock.now() + timedelta(minutes=16))
            await runtime.worker.run_until_idle()
            assert set(messages_of(slack)[1:]) == {("chat.update", "Waiting for approval")}
            assert "owning team" in json.dumps(slack.requests[-1].json), "nobody answered: the next level is told"
            count = len(slack.requests)

            await runtime.responder.decide(incident.id, "approve", by="ada")
            final = await wait_for_end(runtime, incident)
            for _ in range(6):
                await runtime.clock.sleep_until(runtime.clock.now() + timedelta(minutes=11))
                await runtime.worker.run_until_idle()
            report = await runtime.store.report(incident.id)
        assert (final.status, final.reason) == ("remediated", "fixed"), "a channel that is away fails no incident"
        assert messages_of(slack)[count:] == [("chat.update", "Decided"), ("chat.update", "Remediated")]
        assert report is not None
        assert [line.partition(" ")[0] for line in report.notifications] == ["slack:#sre", "webhook:ops"]
        assert "could not be told, tried 6 times: it answered 503" in report.notifications[1]
        texts = (it.folder / "state" / "log.jsonl").read_text() + report.model_dump_json()
        assert "made-up" not in texts, "credentials stand in no log and in no report"
        assert len(dead.requests) >= 6
