"""What an alarm claims: by its structure, its name, its words, in this order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from mcp_servers.contract.conditions import condition
from sre_agent import entrances
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.signal import AlarmRef, Signal
from sre_agent.entities import claims
from sre_agent.language.quantities import quantity_of, words_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def signal(title: str = "", *, alarm: AlarmRef | None = None, **more: Any) -> Signal:
    body = {"id": "1", "source": "webhook", "title": title, "received_at": NOW, "fingerprint": "f", **more}
    return Signal(alarm=alarm, **body)


def alert(name: str, summary: str = "", expression: str = "") -> AlarmClaim:
    where = f"http://prometheus.test/graph?g0.expr={quote(expression)}" if expression else ""
    payload = {
        "version": "4", "status": "firing", "receiver": "x",
        "alerts": [{"status": "firing", "labels": {"alertname": name, "namespace": "shop"},
                    "annotations": {"summary": summary}, "startsAt": "2026-03-01T11:50:00Z", "generatorURL": where}],
    }  # fmt: skip
    return claims(entrances.read(payload, received_at=NOW)[0])[0]


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("KubePodCrashLooping", "restarts"), ("KubePodNotReady", "replicas"), ("KubeNodeNotReady", "node"),
        ("KubeletTooManyPods", "pods"), ("TooManyConnections", "connections"), ("CPUThrottlingHigh", "throttling"),
        ("HighErrorRate", "errors"), ("ErrorBudgetBurn", "errors"), ("HTTPCode_Target_5XX_Count", "errors"),
        ("TargetResponseTime", "latency"), ("http_request_duration_seconds_bucket", "latency"),
        ("KubeHpaMaxedOut", "scaling_limit"), ("KubeJobFailed", "job_failure"), ("FreeStorageSpace", "disk"),
        ("ApproximateAgeOfOldestMessage", "backlog"), ("RDSReplicationLagHigh", "replication"),
        ("KubeClientCertificateExpiration", "certificate"), ("Watchdog", "heartbeat"), ("TargetDown", "telemetry"),
        ("KubePersistentVolumeClaimPending", "scheduling"), ("KubeQuotaAlmostFull", "quota"),
    ],
)  # fmt: skip
def test_a_name_is_split_into_its_words_and_says_what_is_measured(name: str, quantity: str) -> None:
    assert quantity_of(name) == quantity


def test_what_is_written_together_is_taken_apart() -> None:
    assert words_of("KubePodNotReady pod_not-ready") == ["kube", "pod", "not", "ready", "pod", "not", "ready"]
    assert words_of("it isn't there") == ["it", "is", "not", "there"]


def test_a_metric_decides_before_any_word() -> None:
    alarm = AlarmRef(
        name="checkout-errors", namespace="AWS/ApplicationELB", metric="TargetResponseTime", threshold=1.5,
        comparison="GreaterThanThreshold",
    )  # fmt: skip
    result = claims(signal("checkout-errors: many errors and restarts", alarm=alarm))
    assert [(one.quantity, one.read_from) for one in result] == [("latency", "metric")]
    assert result[0].is_met_by(2) is True and result[0].is_met_by(1) is False


def test_an_expression_decides_where_there_is_no_metric_and_gives_its_threshold() -> None:
    result = alert("CheckoutSlo", expression='sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(x) > 0.05')
    assert (result.quantity, result.read_from, result.threshold) == ("errors", "expression", 0.05)


def test_a_name_decides_before_the_words_around_it() -> None:
    result = alert("KubePodCrashLooping", "the pod restarts, and requests are slow and fail with errors")
    assert (result.quantity, result.read_from) == ("restarts", "name")


def test_numbers_of_the_text_are_kept_with_their_unit() -> None:
    result = alert("HighLatency", "p99 of checkout is 2.5s (threshold 1s)")
    assert (result.value, result.threshold, result.unit) == (2.5, 1.0, "s")


def test_an_alarm_that_says_nothing_measurable_is_unknown_and_a_person_asks_about_everything() -> None:
    assert [one.quantity for one in claims(signal("Rule 4711"))] == ["unknown"]
    assert [one.quantity for one in claims(signal("is cart healthy?", source="person"))] == ["health"]
    assert claims(signal("why is cart so slow?", source="person"))[0].quantity == "latency"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('x{a="b>c"} > 1', ('x{a="b>c"}', ">", 1.0)),
        ("sum(rate(a[5m])) by (x) / sum(b) >= 0.05", ("sum(rate(a[5m])) by (x) / sum(b)", ">=", 0.05)),
        ("up == 0", ("up", "==", 0.0)),
        ("a > on(x) b", ("a", ">", None)),
        ("a > 1 and b < 2", None),
        ("absent(up)", None),
        ("(a > 1)", None),
    ],
)
def test_a_condition_is_what_is_measured_and_its_limit(expression: str, expected: tuple[object, ...] | None) -> None:
    result = condition(expression)
    assert (tuple(result) if result is not None else None) == expected


@pytest.mark.parametrize(
    ("summary", "labels", "url"),
    [
        ("https://cart.test/api/items answers 404.", {}, "https://cart.test/api/items"),
        ("the probe fails", {"instance": "https://cart.test/api/items"}, "https://cart.test/api/items"),
        ("https://cart.test/api/items answers 503", {}, ""),
        ("https://cart.test fails", {}, ""),
    ],
)
def test_a_claim_about_requests_has_the_url_that_may_lead_nowhere(
    summary: str, labels: dict[str, str], url: str
) -> None:
    [claim] = claims(signal("BlackboxProbeFailed", description=summary, labels=labels))
    assert claim.url == url
