"""Alertmanager, our own webhook, and monitors that send something like it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sre_agent import entrances
from sre_agent.domain.signal import Hint, Signal
from sre_agent.errors import BadInputError
from tests.entrances import deliveries as sent

NOW = datetime(2026, 3, 4, 10, 1, tzinfo=UTC)


def read(payload: Any) -> list[Signal]:
    return entrances.read(payload, received_at=NOW)


def one(payload: Any) -> Signal:
    (signal,) = read(payload)
    return signal


def test_alerts_of_many_pods_of_one_workload_are_one_signal() -> None:
    signal = one(
        sent.alertmanager(
            sent.alert(pod="web-7f9dd8b6c4-x7gr9", starts="10:00:30"), sent.alert(pod="web-7f9dd8b6c4-kk2xw")
        )
    )
    assert (signal.source, signal.state, signal.severity) == ("alertmanager", "firing", "SEV1")
    assert signal.title == "PodCrashLooping: Pods keep crashing"
    assert signal.started_at == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    assert [(h.kind, h.namespace, h.name) for h in signal.hints] == [
        ("Deployment", "shop", "web"),
        ("Pod", "shop", "web-7f9dd8b6c4-x7gr9"),
        ("Pod", "shop", "web-7f9dd8b6c4-kk2xw"),
    ]


def test_alerts_about_different_workloads_are_a_signal_each() -> None:
    signals = read(sent.alertmanager(sent.alert(), sent.alert(deployment="cart", status="resolved")))
    assert [(s.hints[0].name, s.state) for s in signals] == [("web", "firing"), ("cart", "resolved")]
    assert signals[0].fingerprint != signals[1].fingerprint


def test_a_signal_fires_as_long_as_one_of_its_alerts_does() -> None:
    resolved_alert = sent.alert(pod="web-7f9dd8b6c4-kk2xw", status="resolved")
    assert one(sent.alertmanager(resolved_alert, sent.alert())).state == "firing"
    assert one(sent.alertmanager(resolved_alert)).state == "resolved"


def test_a_later_alert_of_a_new_pod_with_a_risen_severity_has_the_same_fingerprint() -> None:
    first = one(sent.alertmanager(sent.alert(severity="warning")))
    second = one(sent.alertmanager(sent.alert(pod="web-66d5c8b7f-9zzpq", instance="10.1.2.3:8080")))
    assert first.fingerprint == second.fingerprint and first.id != second.id


def test_pods_without_a_workload_label_are_told_apart_by_what_made_them() -> None:
    def about(pod: str) -> str:
        alert = sent.alert(pod=pod)
        del alert["labels"]["deployment"]
        return one(sent.alertmanager(alert)).fingerprint

    assert about("web-7f9dd8b6c4-x7gr9") == about("web-66d5c8b7f-9zzpq")
    assert about("web-7f9dd8b6c4-x7gr9") != about("cart-7f9dd8b6c4-x7gr9")


def test_nodes_with_numbered_names_stay_apart() -> None:
    def about(node: str) -> str:
        alert = {"status": "firing", "labels": {"alertname": "NodeNotReady", "node": node}}
        return one(sent.alertmanager(alert, commonLabels={})).fingerprint

    assert about("worker-1") != about("worker-2")


def test_the_same_notification_twice_is_the_same_message() -> None:
    assert one(sent.alertmanager()).id == one(sent.alertmanager()).id


def test_a_scrape_job_and_an_address_are_no_hint_beside_a_real_name() -> None:
    signal = one(sent.alertmanager(sent.alert(job="kube-state-metrics", instance="10.0.0.7:8443")))
    assert {h.name for h in signal.hints} == {"web", "web-7f9dd8b6c4-x7gr9"}
    bare = {"status": "firing", "labels": {"alertname": "TargetDown", "job": "billing"}}
    assert [(h.kind, h.name) for h in one(sent.alertmanager(bare, commonLabels={})).hints] == [("", "billing")]


def test_alerts_that_alertmanager_cut_off_are_mentioned() -> None:
    assert "left out 3 more alerts" in one(sent.alertmanager(truncatedAlerts=3)).description


OURS = {
    "title": "Error rate of web is 12 %",
    "state": "firing",
    "severity": "page",
    "description": "5xx since the last deployment",
    "service": "shop-frontend",
    "namespace": "shop",
    "cluster": "prod",
    "workload": "web",
    "workload_kind": "deployment",
    "started_at": "2026-03-04T11:55:00+02:00",
    "url": "https://monitor.invalid/1",
    "labels": {"team": "shop"},
}


def test_our_own_webhook_is_read_field_by_field() -> None:
    signal = one(OURS)
    assert (signal.source, signal.state, signal.severity, signal.scope) == ("webhook", "firing", "SEV1", "prod")
    assert (signal.title, signal.description) == (OURS["title"], OURS["description"])
    assert signal.started_at == datetime(2026, 3, 4, 9, 55, tzinfo=UTC)
    assert signal.labels == {"team": "shop", "namespace": "shop", "cluster": "prod"}
    assert [(h.kind, h.namespace, h.name, h.said_in) for h in signal.hints] == [
        ("Deployment", "shop", "web", "field workload"),
        ("", "shop", "shop-frontend", "field service"),
    ]


def test_a_title_alone_is_enough() -> None:
    signal = one({"title": "Checkout is slow"})
    assert (signal.state, signal.severity, signal.hints) == ("firing", None, [])


def test_its_resolution_belongs_to_the_same_incident() -> None:
    resolved = one({**OURS, "state": "resolved", "severity": "info"})
    assert resolved.state == "resolved" and resolved.fingerprint == one(OURS).fingerprint
    assert resolved.id != one(OURS).id


def test_the_same_title_in_another_namespace_is_about_something_else() -> None:
    assert one({**OURS, "namespace": "bank"}).fingerprint != one(OURS).fingerprint


def test_a_key_of_the_sender_s_own_decides_what_belongs_together() -> None:
    first, second = one({"title": "a", "dedup_key": "k"}), one({"title": "b", "dedup_key": "k", "id": "7"})
    assert first.fingerprint == second.fingerprint and second.id == "7"


WORDS = {
    "firing": ["alerting", "Triggered", "Re-Triggered", "ALARM", "open", "Warn"],
    "resolved": ["ok", "normal", "Recovered", "resolved", "CLOSED", "healthy"],
    "no_data": ["No Data", "no_data", "unknown"],
}


@pytest.mark.parametrize(("state", "word"), [(state, word) for state, words in WORDS.items() for word in words])
def test_the_state_words_of_other_monitors_are_understood(state: str, word: str) -> None:
    signal = one({"title": "CPU of web", "state": word})
    assert (signal.state, signal.said_state) == (state, word)


SEVERITIES = {
    "SEV1": ["critical", "page", "P1"],
    "SEV2": ["error", "high", "SEV-2"],
    "SEV3": ["warning"],
    "SEV4": ["info"],
}


@pytest.mark.parametrize(("severity", "word"), [(sev, word) for sev, words in SEVERITIES.items() for word in words])
def test_the_severity_words_of_other_monitors_are_understood(severity: str, word: str) -> None:
    assert one({"title": "CPU of web", "severity": word}).severity == severity
    assert one(sent.alertmanager(sent.alert(severity=word))).severity == severity


def test_a_word_that_no_monitor_is_known_to_use_says_no_severity() -> None:
    assert one({"title": "CPU of web", "severity": "mauve"}).severity is None


def test_a_notice_that_all_is_well_is_a_signal_to_look() -> None:
    signal = one(
        {
            "title": "Scheduled check of web",
            "state": "normal",
            "commonLabels": {
                "alertname": "ScheduledCheck",
                "severity": "info",
                "workload_type": "deployment",
                "workload_name": "web",
            },
            "commonAnnotations": {
                "summary": "All is well.",
                "kube_namespace": "shop",
                "kube_pod": "web-7f9dd8b6c4-x7gr9",
            },
        }
    )
    assert (signal.intent, signal.state, signal.severity) == ("respond", "resolved", "SEV4")
    assert [(h.kind, h.namespace, h.name) for h in signal.hints] == [
        ("Deployment", "shop", "web"),
        ("Pod", "shop", "web-7f9dd8b6c4-x7gr9"),
    ]
    assert entrances.normalised(signal)["name"] == "ScheduledCheck"


def test_a_datadog_like_notice_and_its_recovery_have_one_fingerprint() -> None:
    def notice(transition: str, title: str) -> dict[str, Any]:
        return {
            "title": title,
            "body": "restarts > 3",
            "alert_transition": transition,
            "alert_type": "error",
            "date": 1772618400000,
            "tags": "env:prod,kube_namespace:shop,kube_deployment:web,pod_name:web-7f9dd8b6c4-x7gr9",
        }

    alarm = one(notice("Triggered", "[Triggered] web restarts"))
    recovery = one(notice("Recovered", "[Recovered] web restarts"))
    assert alarm.fingerprint == recovery.fingerprint
    assert (alarm.state, recovery.state, alarm.severity) == ("firing", "resolved", "SEV2")
    assert alarm.started_at == datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
    assert (alarm.hints[0].kind, alarm.hints[0].namespace, alarm.hints[0].name) == ("Deployment", "shop", "web")


def test_a_grafana_notice_of_each_kind_is_understood() -> None:
    notice = {**sent.alertmanager(), "version": "1", "title": "[FIRING:1] PodCrashLooping", "state": "alerting"}
    assert one(notice).source == "alertmanager"
    legacy = one(
        {"title": "[Alerting] CPU", "ruleId": 7, "ruleName": "CPU", "state": "alerting", "tags": {"service": "web"}}
    )
    assert legacy.fingerprint == one({"title": "[OK] CPU", "ruleId": 7, "state": "ok"}).fingerprint
    assert [h.name for h in legacy.hints] == ["web"]


def test_a_state_that_nobody_knows_is_refused_and_not_guessed() -> None:
    with pytest.raises(BadInputError, match="'mauve'; it may be firing, resolved or no_data"):
        read({"title": "CPU", "state": "mauve"})


def test_a_person_s_words_become_a_signal() -> None:
    sentence = "Deployment web in namespace shop keeps restarting"
    signal = entrances.sentence.signal(sentence, intent="respond", received_at=NOW)
    assert (signal.source, signal.title, signal.state) == ("person", sentence, "firing")


def test_two_reports_about_the_same_thing_belong_together_and_two_questions_do_not() -> None:
    def asked(text: str, intent: Any) -> Signal:
        hints = [Hint(namespace="shop", name="web", said_in="sentence")]
        return entrances.sentence.signal(text, intent=intent, received_at=NOW, hints=hints)

    assert asked("web is slow", "respond").fingerprint == asked("fix web", "respond").fingerprint
    assert asked("how many pods has web?", "answer").fingerprint != asked("is web ready?", "answer").fingerprint


@pytest.mark.parametrize("text", ["", "  \n", "?!", "\x00"])
def test_an_empty_sentence_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInputError, match="for example"):
        entrances.sentence.signal(text, intent="respond", received_at=NOW)
