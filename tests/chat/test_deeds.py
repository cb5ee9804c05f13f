"""What somebody may have done: how it is asked for, and which changes on record are that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sre_agent.chat.deeds import deeds
from sre_agent.chat.grammar import read
from tests.chat.conftest import Talk

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "deed"),
    [
        ("did somebody scale web-1", "scale"),
        ("has anyone drained node-a", "drain"),
        ("who cordoned node-b last night", "drain"),
        ("somebody release something in the last 20m?", "deploy"),
        ("who shipped web-1", "deploy"),
        ("anyone touched web-1 today", "edit"),
        ("who keeps editing the ingress", "edit"),
        ("was web-1 tweaked by someone", "edit"),
        ("who killed web-1", "delete"),
        ("did anybody bounce it", "restart"),
    ],
)
def test_who_did_what_is_a_question_about_changes(text: str, deed: str) -> None:
    (query,) = read(text, NOW)
    assert (query.intent, query.deed) == ("changes", deed)


@pytest.mark.parametrize(
    ("deed", "change", "is_one"),
    [
        ("scale", {"what": "scaled", "by": "horizontal-pod-autoscaler"}, True),
        ("scale", {"what": "scaled", "by": "deployment-controller"}, False),
        ("scale", {"what": "written", "by": "kubectl", "fields": ["spec.replicas"]}, True),
        ("drain", {"what": "written", "by": "kubectl-drain", "fields": ["spec.unschedulable"]}, True),
        ("drain", {"what": "event", "by": "node-controller"}, False),
        ("deploy", {"what": "rolled_out", "by": "release 7"}, True),
        ("deploy", {"what": "created", "by": ""}, False),
        ("edit", {"what": "written", "by": "kubectl-edit", "fields": ["data"]}, True),
        ("edit", {"what": "created", "by": ""}, False),
    ],
)
def test_a_deed_is_told_by_the_changes_on_record_that_somebody_made(
    deed: str, change: dict[str, Any], is_one: bool
) -> None:
    assert deeds()[deed].is_told_by(change) is is_one


def test_nobody_is_said_where_nothing_on_record_shows_the_deed(toll_gate: Talk) -> None:
    (reply,) = toll_gate("did anyone scale plate-reader")
    assert reply.text.startswith("Nobody did, as far as objects record it")


def test_one_deed_more_is_asked_behind_another(toll_gate: Talk) -> None:
    _, more = toll_gate("who scaled pricing", "or shipped something")
    assert more.intent == "changes" and "pricing:8.1.1" in more.text


def test_that_deletions_leave_no_record_is_said(toll_gate: Talk) -> None:
    (reply,) = toll_gate("who deleted pods of pricing")
    assert reply.outcome == "cannot" and "audit log" in reply.text
