"""Images, starts, probes, Jobs and what pods took at their start: each cause by its deciding fact, and not without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mcp_servers.contract.facts import Observation
from sre_agent.diagnosis import remedies
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence

from .pictures import (
    CATALOGUE,
    WORKLOAD,
    asked,
    chain,
    crash,
    link,
    minutes,
    pod,
    resource,
    rollout,
    seen,
    thing,
    unavailable,
    weigh,
)

JOB = thing("CronJob", "report")
RUN = thing("Job", "report-29401")
CERTAIN = 0.6  # what is not proven stays at or below it


def explain(*facts: Observation, logs: tuple[Observation, ...] = ()) -> list[Evidence]:
    evidence = [asked("kubectl_explain_workload", list(facts), chain(pod("a")), kind="Deployment")]
    return [*evidence, asked("kubectl_logs", list(logs), agent="logs")] if logs else evidence


def unready() -> Observation:
    return seen("pod.not_ready", pod("a"), minutes(6), reason="ContainersNotReady", seconds=360)


def pull(why: str, message: str, ran_before: str = "no") -> list[Evidence]:
    image = "registry.test/team/cart:2.1"
    fact = seen(
        "container.image_pull_failed",
        pod("a"),
        minutes(4),
        message,
        container="cart",
        image=image,
        why=why,
        known=ran_before,
    )
    return explain(fact, unready(), unavailable())


def probing(probe: str, *, ends: bool = False, logs: str = "quiet", **attributes: Any) -> list[Evidence]:
    message = f"{probe.title()} probe failed"
    fact = seen(
        "container.probe_failing", pod("a"), minutes(5), message, container="cart", probe=probe, count=9, **attributes
    )
    restarts = seen(
        "container.crash_looping", pod("a"), minutes(3), container="cart", restarts=5, exit_code=143, reason="Error"
    )
    quiet = seen("log.no_errors", pod("a"), lines=40)
    trouble = seen("log.error", pod("a"), minutes(2), "ERROR worker stuck", message="worker stuck", count=30)
    return explain(
        fact, *([restarts] if ends else []), unready(), unavailable(), logs=(quiet if logs == "quiet" else trouble,)
    )


def refused_start(why: str, message: str, what: str = "") -> list[Evidence]:
    line = seen("log.start_refused", pod("a"), minutes(1), message, why=why, what=what, count=4)
    return explain(*crash(), unavailable(), logs=(line,))


def newer(kind: str = "Secret") -> Observation:
    times = {"written": "2026-03-04T11:50:00Z", "started": "2026-03-03T08:00:00Z"}
    return seen("reference.newer", WORKLOAD, minutes(10), kind=kind, name="cart-db", key="password", **times)


def login_failed() -> Observation:
    message = 'FATAL: password authentication failed for user "cart"'
    times = {"first": "2026-03-04T11:50:05Z", "last": "2026-03-04T11:59:50Z"}
    return seen("log.login_failed", pod("a"), minutes(10), message, user="cart", address="", count=40, **times)


def alarm_evidence() -> list[Evidence]:
    alarm = resource("Alarm", "cart-5xx")
    firing = seen("alarm.firing", alarm, minutes(5), alarm="cart-5xx", metric="5XX", threshold=5, value=80)
    return [asked("describe_alarm", [firing], [link("watches", alarm, WORKLOAD)], name="cart-5xx", agent="metrics")]


def serving(*facts: Observation, logs: tuple[Observation, ...] = ()) -> list[Evidence]:
    well = [seen("workload.available", WORKLOAD, desired=2, ready=2), seen("pod.ready", pod("a"), seconds=90000)]
    return [*explain(*well, *facts, logs=logs), *alarm_evidence()]


def wrong_address(first_read: str, why: str = "dns") -> list[Evidence]:
    setting = seen(
        "reference.holds", WORKLOAD, minutes(12), address="ledger.staging.test", kind="ConfigMap", name="cart-settings",
        key="LEDGER", written="2026-03-04T11:48:00Z", first_read=first_read,
    )  # fmt: skip
    message = "ERROR dial tcp: lookup ledger.staging.test: no such host"
    times = {"first": "2026-03-04T11:54:00Z", "last": "2026-03-04T11:59:50Z"}
    line = seen(
        "log.connection_failed",
        pod("a"),
        minutes(6),
        message,
        address="ledger.staging.test:443",
        why=why,
        count=60,
        **times,
    )
    return serving(setting, logs=(line,))


def partly(main_runs: str) -> Observation:
    running, failing = (["cart"], ["proxy"]) if main_runs == "yes" else (["proxy"], ["cart"])
    return seen("pod.partly_running", pod("a"), minutes(4), running=running, failing=failing, main_runs=main_runs)


def unfinished_init(**more: Any) -> Observation:
    return seen(
        "container.init_unfinished", pod("a"), minutes(6), container="wait", state="running", seconds=360, **more
    )


def waits_for() -> Observation:
    return seen(
        "log.error",
        pod("a"),
        minutes(5),
        "no licence for this host yet",
        message="no licence for this host yet",
        count=9,
    )


def at_zero(**more: Any) -> list[Evidence]:
    service = thing("Service", "cart")
    none = seen("service.no_endpoints", service, selector="app=cart")
    facts = [seen("workload.scaled_to_zero", WORKLOAD, minutes(6), **more), none]
    return [
        asked("kubectl_explain_workload", facts, [link("selects", service, WORKLOAD)], kind="Deployment"),
        *alarm_evidence(),
    ]


def job(*facts: Observation, logs: tuple[Observation, ...] = ()) -> list[Evidence]:
    run = thing("Pod", "report-29401-x")
    links = [link("owns", JOB, RUN), link("owns", RUN, run)]
    evidence = [asked("kubectl_explain_workload", list(facts), links, name="report", kind="CronJob")]
    return [*evidence, asked("kubectl_logs", list(logs), name="report", agent="logs")] if logs else evidence


def job_failed() -> list[Evidence]:
    run = thing("Pod", "report-29401-x")
    message = 'ERROR: relation "reports" does not exist'
    return job(
        seen(
            "job.failed", RUN, minutes(3), "Job has reached the specified backoff limit", reason="BackoffLimitExceeded"
        ),
        seen("container.ended_with_error", run, minutes(3), container="report", exit_code=1, reason="Error"),
        seen("pod.failed", run, minutes(3), reason="Error"),
        logs=(seen("log.error", run, minutes(3), message, message=message, count=1),),
    )


def deletion_evidence(why: str) -> list[Evidence]:
    space = thing("Namespace", "old", "")
    deletion = seen(
        "deletion.stuck", space, minutes(90), seconds=5400, finalizers=["example.com/hold"], message="", why=why
    )
    return [asked("kubectl_triage", [deletion], name="old")]


NOT_FOUND = "rpc error: code = NotFound desc = manifest unknown: not found"
CASES: dict[str, tuple[Callable[[], list[Evidence]], list[str]]] = {
    "registry_auth_failed": (lambda: pull("unauthorized", "401 Unauthorized"), ["credentials", "cart:2.1"]),
    "registry_unreachable": (lambda: pull("throttled", "429 Too Many Requests"), ["limits how much may be pulled"]),
    "wrong_architecture": (
        lambda: refused_start("wrong_format", "exec /app/cart: exec format error"),
        ["another CPU architecture", "exec format error", "exit code 1"],
    ),
    "bad_command": (
        lambda: refused_start("not_found", "/bin/sh: 1: gunicorn: not found", "gunicorn"),
        ["gunicorn is not found in the image", "Container cart"],
    ),
    "config_wrong": (lambda: wrong_address("yes"), ["LEDGER of ConfigMap cart-settings", "ledger.staging.test"]),
    "secret_stale": (
        lambda: serving(newer(), logs=(login_failed(),)),
        ["Secret cart-db (key password) was written at 2026-03-04T11:50:00Z", "password authentication failed"],
    ),
    "init_blocked": (
        lambda: explain(unfinished_init(), unready(), unavailable(), logs=(waits_for(),)),
        ["init container wait", "360 seconds"],
    ),
    "sidecar_failed": (
        lambda: explain(*crash(), partly("yes"), unavailable()),
        ["sidecar container proxy", "while cart runs"],
    ),
    "liveness_wrong": (
        lambda: probing(
            "liveness", ends=True, reply="refused", answered="never", allowed_seconds=25, asks="http :8080/healthz"
        ),
        ["liveness probe", "25 seconds", "http :8080/healthz", "no run has answered in time"],
    ),
    "readiness_wrong": (
        lambda: probing("readiness", reply="status", status="404", answered="never", asks="http :8080/health/ready"),
        ["readiness probe", "http :8080/health/ready", "404"],
    ),
    "rollout_stuck": (
        lambda: explain(
            seen("rollout.held", WORKLOAD, why="paused", waiting=2),
            seen("rollout.stuck", WORKLOAD, minutes(4), revision=3),
        ),
        ["the Deployment is paused", "2 pods wait"],
    ),
    "scaled_to_zero": (lambda: at_zero(before=3), ["scaled to zero replicas, from 3", "Service/shop/cart"]),
}


def verdict(evidence: list[Evidence]) -> Diagnosis:
    return weigh(evidence).diagnosis


def test_what_an_init_container_waits_for_is_not_proven_by_its_waiting() -> None:
    hypothesis = verdict(explain(unfinished_init(), unready(), unavailable())).hypothesis
    assert hypothesis is not None and hypothesis.failure_class == "init_blocked" and hypothesis.confidence <= CERTAIN


@pytest.mark.parametrize("name", CASES)
def test_the_cause_is_named_with_its_facts(name: str) -> None:
    make, words = CASES[name]
    diagnosis = verdict(make())
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None, diagnosis.statement
    assert diagnosis.hypothesis.failure_class == name
    assert diagnosis.hypothesis.subject == WORKLOAD
    assert diagnosis.hypothesis.confidence > CERTAIN
    assert [w for w in words if w not in diagnosis.statement] == [], diagnosis.statement
    assert len(diagnosis.statement) <= 700


LOOK_ALIKES: dict[str, tuple[Callable[[], list[Evidence]], str]] = {
    "an image that is not there": (lambda: pull("not_found", NOT_FOUND), "image_pull_failed"),
    "an image that may be private or absent": (lambda: pull("hidden", "pull access denied"), "image_pull_failed"),
    "the same, of an image that has run": (lambda: pull("hidden", "pull access denied", "yes"), "registry_auth_failed"),
    "the main container fails and its sidecar runs": (
        lambda: explain(*crash(), partly("no"), unavailable()),
        "crash_loop",
    ),
    "the program itself fails": (lambda: explain(*crash(), unavailable()), "crash_loop"),
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_looks_alike_is_told_apart(name: str) -> None:
    make, expected = LOOK_ALIKES[name]
    hypothesis = verdict(make()).hypothesis
    assert hypothesis is not None and hypothesis.failure_class == expected


UNPROVEN: dict[str, Callable[[], list[Evidence]]] = {
    "an address that stood there long before": lambda: wrong_address("no"),
    "a Secret that was written later, and no refused login": lambda: serving(newer()),
    "a refused login, and no Secret that was written later": lambda: serving(logs=(login_failed(),)),
    "a liveness probe of what answered before": lambda: probing(
        "liveness", ends=True, logs="trouble", reply="timeout", answered="before", allowed_seconds=25
    ),
    "an application that says it is not ready": lambda: probing(
        "readiness", logs="trouble", reply="status", status="503", answered="before"
    ),
    "a rollout that is only slow": lambda: explain(seen("rollout.stuck", WORKLOAD, minutes(4), revision=3)),
    "a drop of requests at a rollout that came by": lambda: [
        *explain(
            *rollout()[:1],
            seen("workload.ends_at_once", WORKLOAD, container="cart", grace_seconds=30, why="no_hook"),
            seen("workload.available", WORKLOAD, desired=2, ready=2),
        ),
        *alarm_evidence(),
    ],
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_without_the_deciding_fact_nothing_is_certain(name: str) -> None:
    diagnosis = verdict(UNPROVEN[name]())
    hypothesis = diagnosis.hypothesis
    assert diagnosis.verdict != "cause" or (hypothesis is not None and hypothesis.confidence <= CERTAIN), (
        diagnosis.statement
    )


def test_a_rollout_that_brought_the_failure_is_the_cause_of_its_mechanism() -> None:
    line = seen("log.start_refused", pod("a"), minutes(1), "sh: gunicorn: not found", why="not_found", what="gunicorn")
    diagnosis = verdict(explain(*crash(), *rollout(), unavailable(), logs=(line,)))
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "bad_rollout"
    assert "gunicorn" in diagnosis.statement
    assert any(r.failure_class == "bad_command" and "bad_rollout" in r.why for r in diagnosis.ruled_out)


def test_a_job_that_failed_carries_its_last_words() -> None:
    diagnosis = weigh(job_failed(), JOB).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "job_failing"
    assert "BackoffLimitExceeded" in diagnosis.statement and 'relation "reports"' in diagnosis.statement


def test_a_job_that_a_sidecar_keeps_alive_is_told_so() -> None:
    diagnosis = weigh(job(seen("job.held_open", JOB, running=["proxy"], ended=["report"])), JOB).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "job_failing"
    assert "proxy keeps running" in diagnosis.statement


def suspend_fact(**more: Any) -> Observation:
    return seen("job.suspended", JOB, minutes(50), "spec.suspend: true", **more)


def test_a_suspended_cron_job_is_the_cause_of_runs_that_do_not_come() -> None:
    suspension = suspend_fact(schedule="*/10 * * * *", last="2026-03-04T11:00:00Z", due="2026-03-04T11:10:00Z")
    diagnosis = weigh(job(suspension), JOB).diagnosis
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.failure_class == "job_failing" and diagnosis.hypothesis.decisive
    assert "is suspended" in diagnosis.statement and "the one due at 2026-03-04T11:10:00Z" in diagnosis.statement
    assert weigh(job(suspension), JOB).follow_ups == []


def test_a_job_that_failed_and_was_suspended_since_tells_both() -> None:
    evidence = job_failed()
    evidence.append(asked("kubectl_explain_workload", [suspend_fact(schedule="0 3 * * *")], name="report", kind="Job"))
    statement = weigh(evidence, JOB).diagnosis.statement
    assert "BackoffLimitExceeded" in statement and "now suspended" in statement


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "quota_exceeded": ({"reason": "quota", "by": "team"}, "exceeded quota: team, requested: pods=1"),
    "admission_denied": ({"reason": "admission", "by": ""}, 'violates PodSecurity "restricted:latest": runAsNonRoot'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_job_that_ended_because_its_pods_were_refused_is_told_by_the_refusal(name: str) -> None:
    attributes, message = REFUSED[name]
    gave_up = seen("job.failed", RUN, minutes(3), "Job was active longer than specified", reason="DeadlineExceeded")
    refused = seen("workload.pods_refused", JOB, minutes(9), message, message=message, **attributes)
    diagnosis = weigh(job(gave_up, refused), JOB).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == name
    assert message[:20] in diagnosis.statement
    assert any(line.failure_class == "job_failing" and name in line.why for line in diagnosis.ruled_out)


def test_a_job_that_may_not_be_given_pods_is_told_by_the_missing_right() -> None:
    account = thing("ServiceAccount", "runner", "ci")
    message = 'pods is forbidden: User "system:serviceaccount:ci:runner" cannot create resource "pods"'
    facts = [
        seen("workload.pods_refused", JOB, minutes(9), message, message=message, reason="rights", by=""),
        seen("access.denied", account, minutes(9), message, verb="create", resource="pods", namespace="shop"),
    ]
    evidence = job(*facts)
    evidence.append(asked("kubectl_get", [], [link("refers_to", JOB, account)], name="runner", kind="ServiceAccount"))
    diagnosis = weigh(evidence, JOB).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.decisive
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject) == ("rbac_denied", account)
    assert "may not create pods in namespace shop: RBAC forbids it, so CronJob/shop/report gets no pods" in (
        diagnosis.statement
    )


@pytest.mark.parametrize("ago", [3, 50], ids=["just now", "an hour ago, and nothing ran since"])
def test_a_job_whose_program_the_api_refuses_is_told_by_its_rights(ago: int) -> None:
    account, run = thing("ServiceAccount", "reporter"), thing("Pod", "report-29401-x")
    message = 'secrets is forbidden: User "system:serviceaccount:shop:reporter" cannot list resource "secrets"'
    about = {"identity": "shop/reporter", "action": "list", "resource": "secrets", "namespace": "shop"}
    denied = seen("log.access_denied", run, minutes(ago), message, by="kubernetes", count=3, **about)
    evidence = [
        *job_failed()[:1],
        asked("kubectl_logs", [denied], name="report", agent="logs"),
        asked("kubectl_get", [], [link("refers_to", run, account)], name="reporter", kind="ServiceAccount"),
    ]
    diagnosis = weigh(evidence, JOB).diagnosis
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject) == ("rbac_denied", account)
    assert "may not list secrets" in diagnosis.statement


@pytest.mark.parametrize("why", ["finalizer", "contents", "in_use", "discovery"])
def test_a_deletion_that_waits_names_what_it_waits_for(why: str) -> None:
    diagnosis = weigh(deletion_evidence(why), thing("Namespace", "old", "")).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "finalizer_stuck"
    assert "was deleted at 2026-03-04T10:30:00Z and is stuck" in diagnosis.statement


def test_a_pod_that_its_node_cannot_end_is_no_finalizers_fault() -> None:
    hypothesis = weigh(deletion_evidence("node"), thing("Namespace", "old", "")).diagnosis.hypothesis
    assert hypothesis is None or hypothesis.failure_class != "finalizer_stuck"


def test_a_workload_is_scaled_back_to_what_it_had() -> None:
    evidence = at_zero(before=3)
    cause = verdict(evidence).hypothesis
    assert cause is not None
    fitting, _ = remedies.options(CATALOGUE, cause, evidence)
    assert [(o.call.tool, o.call.arguments["replicas"]) for o in fitting] == [("kubectl_scale", 3)]


def test_a_workload_whose_earlier_size_is_not_known_is_not_scaled() -> None:
    evidence = at_zero()
    cause = verdict(evidence).hypothesis
    assert cause is not None
    fitting, skipped = remedies.options(CATALOGUE, cause, evidence)
    assert fitting == [] and any("how many" in line.text for line in skipped)


@pytest.mark.parametrize(("instead", "kind"), [("near", "config_wrong"), ("elsewhere", "config_wrong"), ("none", "")])
def test_a_host_without_a_service_is_a_wrong_setting_where_another_service_may_be_meant(
    instead: str, kind: str
) -> None:
    near = ["ledger-api"] if instead == "near" else []
    absent = seen("reference.no_such_host", WORKLOAD, host="ledger", near=near, in_namespaces=[], instead=instead)
    evidence = wrong_address("unknown")
    answer = evidence[0].answer
    assert answer is not None
    answer.observations.append(absent)
    diagnosis = weigh(evidence).diagnosis
    assert (diagnosis.hypothesis.failure_class if diagnosis.verdict == "cause" and diagnosis.hypothesis else "") == kind


def test_a_bad_rollout_tells_that_a_probe_kills_the_container_before_it_answers() -> None:
    probe = seen("container.probe_failing", pod("a"), minutes(6), probe="liveness", container="cart", count=20,
                 asks="http :8080/up", allowed_seconds=35, reply="refused", answered="never")  # fmt: skip
    last_end = seen("container.ended_with_error", pod("a"), minutes(1), container="cart", exit_code=143, reason="Error")
    loop = seen(
        "container.crash_looping", pod("a"), minutes(1), container="cart", restarts=5, exit_code=143, reason="Error"
    )
    facts = [*rollout(), loop, probe, last_end, unavailable()]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]).diagnosis
    assert diagnosis.hypothesis is not None and diagnosis.hypothesis.failure_class == "bad_rollout"
    text = "The liveness probe kills container cart 35 seconds after its start, before it has answered once"
    assert text in diagnosis.statement
