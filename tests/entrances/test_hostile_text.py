"""What a sender writes is text when it has come in: nothing in it commands a terminal, hides or begins a line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mcp_servers.contract.visible import json_text, one_line, visible
from sre_agent import entrances
from sre_agent.entrances import named_alarm, sentence
from tests.cli.attacks import ATTACKS, seen_raw
from tests.entrances import deliveries as sent

NOW = datetime(2026, 3, 4, 10, 1, tzinfo=UTC)


def webhook(text: str) -> dict[str, Any]:
    return {
        "title": text,
        "description": text,
        "namespace": text,
        "labels": {"alertname": text, "team": text, text: "x"},
        "commonAnnotations": {"summary": text},
        "tags": [f"pod:{text}"],
    }


SENDERS = {
    "webhook": lambda text: entrances.read(json.dumps(webhook(text)), received_at=NOW),
    "alertmanager": lambda text: entrances.read(
        sent.alertmanager(sent.alert(deployment=text, alertname=text)), received_at=NOW
    ),
    "CloudWatch": lambda text: entrances.read(sent.eventbridge(alarmName=text), received_at=NOW),
    "a person": lambda text: [sentence.signal(f"web is down {text}", intent="respond", received_at=NOW)],
    "an alarm's name": lambda text: [named_alarm.signal(f"web {text}", received_at=NOW)],
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("sender", SENDERS)
def test_a_signal_holds_only_what_a_person_sees_and_its_title_is_one_line(sender: str, attack: str) -> None:
    for signal in SENDERS[sender](ATTACKS[attack]):
        assert "\n" not in signal.title
        texts: list[str] = []
        _texts(signal.model_dump(mode="json"), texts)
        assert [text for text in texts if seen_raw(text, terminal=False)] == []


def _texts(value: Any, texts: list[str]) -> None:
    if isinstance(value, str):
        texts.append(value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        _texts(inner, texts)
    if isinstance(value, dict):
        texts += value


@pytest.mark.parametrize("attack", ATTACKS)
def test_json_means_the_same_when_what_nobody_sees_is_escaped(attack: str) -> None:
    value = {"title": ATTACKS[attack]}
    for raw in (json.dumps(value, ensure_ascii=False), json.dumps(value)):
        escaped = json_text(raw)
        assert not seen_raw(escaped, terminal=False)
        assert json.loads(escaped) == value


def test_what_people_write_stays_as_it_is() -> None:
    for text in ("Größe · naïve · 支払い · платёж · 12 × 3 … ✓", "a\tb\nc", "🙂 ok", "e\u0301"):
        assert visible(text) == text
    assert visible("see \x1b]8;;http://a.test\x1b\\the runbook\x1b]8;;\x1b\\") == "see the runbook"
    assert visible("a\u00a0b\r\nc") == "a b\nc"
    assert one_line(" a \n\n b\u2028c ") == "a b c"


@pytest.mark.parametrize("part", ["\x1b]", "\x9d", "\x9b0", "\x1b[0 ", "\x90a", "\x1b", "\x1b[", "\x1b]a\x1b"])
def test_hostile_text_is_gone_through_once(part: str) -> None:
    """A quadratic pattern would take minutes for this."""
    visible(part * 200_000)
