"""The head of a report: what whoever is woken up needs, on one screen, in words that everybody knows."""

from __future__ import annotations

import io
import re
import shlex
from typing import Any

import pytest
from rich.console import Console

from mcp_servers.contract.facts import Subject
from mcp_servers.contract.observations import OBSERVATIONS
from sre_agent import reports
from sre_agent.cli.live import LiveView
from sre_agent.clock import SystemClock
from sre_agent.domain.action import ApprovalDecision, Call, PolicyDecision, SkippedRemedy
from sre_agent.domain.report import Report
from sre_agent.domain.signal import AlarmRef
from sre_agent.failures import load as load_catalogue
from sre_agent.reports import commands, head
from sre_agent.reports.commands import ConnectionOptions
from sre_agent.settings import Settings
from tests.reports.test_reports import (
    WEB,
    action,
    at,
    build,
    cause,
    incident,
    remediation,
    report_of_fix,
    verification_of,
)
from tests.reports.test_story import DOWN, FAILING, FIRING, diagnosis_of

COLUMNS, LINES = 80, 24
LONG = "Its pods fail one after another, because the schema is not the one that they expect. " * 12
PATHS = [".sre-agent/reports/inc-1121-d69ce219.md", ".sre-agent/reports/inc-1121-d69ce219.json"]


def decline(reason: Any, **rest: Any) -> Report:
    defaults: dict[str, Any] = {
        "action": action(),
        "ledger": [DOWN, FAILING, FIRING],
        "findings": (),
        "diagnosis": diagnosis_of(),
    }
    return build("escalated", reason, **(defaults | rest))


def worst() -> list[Report]:
    """Reports whose parts are all as long as they get."""
    long = diagnosis_of(statement=LONG)
    skipped = [
        SkippedRemedy(remedy="undo_rollout", why=f"there is no rollout.earlier_healthy for Deployment/shop/web-{n}.")
        for n in range(9)
    ]
    reach = ConnectionOptions.of(
        Settings(kubeconfig="/home/ada/.kube/of-the-production-cluster", kube_context="prod-eu-west-1")
    )
    return [
        build(
            "remediated", "fixed", long, action=action(), remediations=[remediation()],
            verification=verification_of(True), ledger=[DOWN, FAILING, FIRING], reach=reach,
        ),
        decline("writes_off", diagnosis=long, skipped=skipped, reach=reach, policy_decision=RULING),
        decline("approval_denied", diagnosis=long, skipped=skipped, reach=reach),
        decline("no_safe_action", diagnosis=long, skipped=skipped, action=None, gaps=[f"[denied] {LONG}"]),
        decline("inconclusive", diagnosis=cause(verdict="inconclusive", statement=LONG, missing=[LONG]), action=None),
    ]  # fmt: skip


SIZES = {"namespace": "s", "name": "w", "container": "c", "memory_limit": "1Gi"}
RULING = PolicyDecision(
    verdict="approve", policies=["with-approval"], reason="It may run with approval: with-approval."
)


@pytest.mark.parametrize("place", range(5))
def test_the_end_of_a_run_fits_one_screen_of_80_by_24(place: int) -> None:
    report = worst()[place]
    out = io.StringIO()
    view = LiveView(Console(file=out, width=COLUMNS, height=LINES, force_terminal=True, _environ={}), SystemClock())
    record = incident(status=report.status, reason=report.reason, ended_at=at(4))
    view.ended(record, report, PATHS)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert len(plain.splitlines()) <= LINES, plain
    assert max(map(len, plain.splitlines())) <= COLUMNS
    assert "Why" in plain and "To do" in plain and "Look" in plain


def test_no_name_of_our_own_is_in_the_head() -> None:
    ids = {one.name for one in load_catalogue()}
    for report in worst():
        text = f"{report.verdict}\n{head.text(report)}"
        words = set(re.findall(r"[a-z_.]+", text))
        assert not words & set(OBSERVATIONS), words & set(OBSERVATIONS)
        assert not {one for one in words & ids if "_" in one}
        assert "\\_" not in text and "\x1b" not in text and "[denied]" not in text


def test_what_was_rejected_is_not_under_done_and_says_by_whom() -> None:
    decision = ApprovalDecision(
        incident="inc-1", question="q", action_digest=action().digest, choice="reject", by="ada", at=at(3), comment="no"
    )
    report = decline("approval_denied", decision=decision)
    assert [claim.text for claim in report.actions_not_taken] == [
        "Return Deployment/shop/web to revision 3: rejected by ada: no."
    ]
    text = reports.markdown(report)
    assert "## Not done" in text and "## Done" not in text and "- **Not done:**" in text and "- **Done:**" not in text
    assert report.by_hand == "kubectl -n default rollout undo deployment/web --to-revision=3" and report.undo == ""


@pytest.mark.parametrize(
    ("reason", "rest", "says"),
    [
        ("approval_expired", {}, "nobody answered in time"),
        (
            "writes_off",
            {"policy_decision": RULING},
            "this run is read-only. With writes on, it needs a person's approval",
        ),
        ("cancelled", {}, "the run was cancelled before it"),
        (
            "no_safe_action",
            {"action": None, "denied": [{"purpose": "Scale web.", "reason": "Forbidden by never."}]},
            "Scale web: denied by policy. Forbidden by never.",
        ),
        ("no_safe_action", {"remediations": [remediation("refused")]}, "refused"),
    ],
)
def test_whatever_did_not_come_about_stands_under_not_done(reason: Any, rest: dict[str, Any], says: str) -> None:
    report = decline(reason, **rest)
    assert any(says in claim.text for claim in report.actions_not_taken), report.actions_not_taken
    assert report.actions_taken == [] and "## Done" not in reports.markdown(report)


def test_what_was_done_has_the_line_that_takes_it_back() -> None:
    report = report_of_fix()
    assert report.undo == "kubectl -n default rollout undo deployment/web --to-revision=4"
    assert report.look == "kubectl -n shop describe deployment web"
    text = " ".join(head.text(report).split())
    assert "allowed by policy demo-rollouts" in text and "2 of 2 checks pass" in text


def test_a_command_that_is_too_long_for_a_line_stays_one_command() -> None:
    report = decline(
        "writes_off", reach=ConnectionOptions.of(Settings(kubeconfig="/home/ada/a b/config", kube_context="prod"))
    )
    text = head.text(report)
    lines = text[text.index("Allow it") :].removeprefix("Allow it").splitlines()
    assert len(lines) > 1
    assert shlex.split(" ".join(line.strip().removesuffix("\\") for line in lines)) == shlex.split(report.allow)
    assert shlex.split(report.allow)[2] == report.incident


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (("kubernetes", "kubectl_scale", {"namespace": "shop", "name": "web", "replicas": 3}),
         "kubectl -n shop scale deployment/web --replicas=3"),
        (("kubernetes", "kubectl_rollout_restart", {"namespace": "shop", "name": "web", "kind": "StatefulSet"}),
         "kubectl -n shop rollout restart statefulset/web"),
        (("kubernetes", "kubectl_set_resources", SIZES),
         "kubectl -n s set resources deployment/w --containers=c --limits=memory=1Gi"),
        (("kubernetes", "kubectl_set_service", {"namespace": "s", "name": "w", "selector": "app=w"}),
         "kubectl -n s set selector service w app=w"),
        (("kubernetes", "kubectl_set_service", {"namespace": "s", "name": "w", "target_port": "http"}), ""),
        (("ssm", "start_automation", {"document": "Shop-Restart", "parameters": {"Name": ["a b"]}}),
         "aws ssm start-automation-execution --document-name Shop-Restart --parameters '{\"Name\": [\"a b\"]}'"),
        (("kubernetes", "a_tool_of_tomorrow", {}), ""),
    ],
)  # fmt: skip
def test_a_write_has_the_line_of_kubectl_or_aws_that_does_the_same(call: tuple[str, str, Any], line: str) -> None:
    assert commands.by_hand(Call(server=call[0], tool=call[1], arguments=call[2]), ConnectionOptions()) == line


@pytest.mark.parametrize(
    ("subject", "line"),
    [
        (Subject(scope="c", kind="Node", name="n1"), "kubectl describe node n1"),
        (Subject(scope="1/eu", kind="Table", name="t"), "aws dynamodb describe-table --table-name t"),
        (Subject(scope="1/eu", kind="Metric", name="m"), "aws cloudwatch describe-alarms --alarm-names a"),
    ],
)
def test_there_is_a_line_to_look_at_what_it_is_about_or_at_its_alarm(subject: Subject, line: str) -> None:
    assert commands.look([subject], AlarmRef(name="a", kept_by="cloudwatch"), ConnectionOptions()) == line


def test_a_line_means_the_cluster_and_the_account_that_the_run_looked_at() -> None:
    reach = ConnectionOptions.of(Settings(kube_context="prod", aws_profile="work", aws_region="eu-west-1"))
    assert commands.look([WEB], None, reach) == "kubectl --context prod -n shop describe deployment web"
    table = Subject(scope="1/eu", kind="Table", name="t")
    assert commands.look([table], None, reach).startswith("aws --profile work --region eu-west-1 dynamodb")


def test_the_json_of_a_report_says_its_form() -> None:
    assert report_of_fix().model_dump(mode="json")["schema_version"] == "sre-report/4"


def test_a_report_of_an_earlier_version_is_read_under_the_present_keys() -> None:
    earlier = {"symptoms": "seen", "other_causes": "also", "proposals": "considered", "conclusions": "found"}
    earlier |= {"sentences_dropped": "dropped", "reading": "seen"}

    def stored(value: Any) -> Any:
        if isinstance(value, dict):
            return {earlier.get(key, key): stored(item) for key, item in value.items()}
        return [stored(item) for item in value] if isinstance(value, list) else value

    report = report_of_fix()
    assert report.verification and report.verification.checks
    assert Report.model_validate(stored(report.model_dump(mode="json"))) == report
