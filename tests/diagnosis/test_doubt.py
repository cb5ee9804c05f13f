"""What a verdict says where it is not sure: what was not seen, the most important first, and what leads by far."""

from __future__ import annotations

from mcp_servers.contract.facts import Coverage, Observation
from sre_agent.domain.claim import AlarmClaim
from sre_agent.domain.interval import wilson
from sre_agent.failures.formats import rfc3339

from .pictures import (
    ENGINE,
    WORKLOAD,
    asked,
    bad_rollout,
    chain,
    config_missing,
    link,
    minutes,
    pod,
    refused,
    seen,
    thing,
    unavailable,
    weigh,
)

DENIED = "No permission to list them."


def unread(what: str, *kinds: str) -> Coverage:
    return Coverage(looked_at=f"{what} in shop", state="denied", detail=DENIED, kinds=kinds)


def test_a_denied_policy_is_told_before_denied_quotas_and_an_account_that_nobody_configured() -> None:
    explanation = asked(
        "kubectl_explain_workload",
        [seen("workload.available", WORKLOAD, minutes(90), desired=1, ready=1)],
        chain(pod("a")),
        [unread("resourcequotas", "ResourceQuota"), unread("networkpolicies", "NetworkPolicy")],
        kind="Deployment",
    )
    region = refused("list_alarms", "[denied] list alarms: no AWS region is set.", name="", agent="metrics")
    away = region.model_copy(update={"server": "cloudwatch"})
    claim = AlarmClaim(quantity="availability", statement="cart is unreachable", read_from="text")
    weighing = ENGINE.weigh([WORKLOAD], [away, explanation], started_at=minutes(5), budget_left=0, claims=[claim])
    order = [
        next(word for word in ("policies", "quotas", "region") if word in text) for text in weighing.diagnosis.missing
    ]
    assert order == ["policies", "quotas", "region"]


def test_a_hypothesis_that_leads_by_far_is_told_with_its_confidence_and_not_as_the_cause() -> None:
    waiting = seen("pod.unassigned", pod("a"), minutes(9), scheduler="default-scheduler", lease="unknown", seconds=540)
    facts = [waiting, seen("pod.not_ready", pod("a"), minutes(9), reason="Pending"), unavailable()]
    diagnosis = weigh([asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]).diagnosis
    assert diagnosis.verdict == "inconclusive" and diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.failure_class == "scheduler_absent"
    assert "is not certain" in diagnosis.statement and "not proven (" in diagnosis.statement


def test_without_a_cause_the_own_log_is_told_before_a_callee_that_was_broken_for_days() -> None:
    level = seen("metric.level_changed", WORKLOAD, minutes(9), metric="p99", before=0.2, now=4.2)
    words = seen("log.error", pod("a"), minutes(1), "KeyError: 'rate'", message="KeyError: 'rate'", count=20)
    other = thing("Deployment", "audit")
    crashing = [
        seen("container.crash_looping", thing("Pod", name), minutes(4000), container="c", restarts=900, exit_code=1)
        for name in ("audit-1", "audit-2")
    ]
    links = [link("calls", WORKLOAD, other), link("owns", other, thing("Pod", "audit-1")),
             link("owns", other, thing("Pod", "audit-2"))]  # fmt: skip
    evidence = [
        asked("kubectl_explain_workload", [seen("pod.ready", pod("a"), seconds=900)], chain(pod("a"))),
        asked("prometheus_query_range", [level], agent="metrics"),
        asked("kubectl_logs", [words], agent="logs"),
        asked("kubectl_callees", crashing, links),
    ]
    claim = AlarmClaim(quantity="latency", statement="cart is slow", read_from="text")
    diagnosis = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=0, claims=[claim]).diagnosis
    assert diagnosis.verdict == "inconclusive"
    assert "KeyError" in diagnosis.statement and "audit" not in diagnosis.statement


def test_an_interval_is_wide_where_little_was_measured_and_never_leaves_0_to_1() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    least, most = wilson(10, 10)
    assert 0.70 < least < 0.73 and most == 1.0
    narrow, wide = wilson(900, 1000), wilson(9, 10)
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 5 and narrow[0] < 0.9 < narrow[1]


def test_a_job_whose_log_could_not_be_read_is_not_told_as_sure() -> None:
    job = thing("Job", "report")
    failure = seen("job.failed", job, minutes(4), reason="BackoffLimitExceeded")
    evidence = [asked("kubectl_explain_workload", [failure], kind="Job", name="report")]
    readable = weigh(evidence, job).diagnosis.hypothesis
    weighing = weigh([*evidence, refused("kubectl_logs", "pods/log: forbidden", name="report", agent="logs")], job)
    in_doubt = weighing.diagnosis.hypothesis
    assert readable is not None and readable.confidence >= 0.7
    assert in_doubt is not None and in_doubt.confidence < 0.7


def test_a_cause_that_has_its_proof_stays_sure_where_another_look_was_refused() -> None:
    for evidence, tool in ((bad_rollout(), "kubectl_logs"), (config_missing(), "kubectl_rollout_history")):
        cause = weigh([*evidence, refused(tool, "forbidden")], WORKLOAD).diagnosis.hypothesis
        assert cause is not None and cause.confidence >= 0.7


def test_what_shows_a_claim_is_quoted_with_the_reason_at_its_end() -> None:
    line = (
        '2026-03-11T14:13:08.000000Z level=error msg="Failure in zone example.org. when submitting change batch:'
        f' operation error Route 53: ChangeResourceRecordSets, RequestID: {"x" * 60}, the record already exists"'
    )
    words = seen("log.error", pod("a"), minutes(1), line, message=line[:120], count=20)
    serving = [seen("workload.available", WORKLOAD, desired=1, ready=1), seen("pod.ready", pod("a"), seconds=900)]
    evidence = [asked("kubectl_explain_workload", serving, chain(pod("a")), kind="Deployment"),
                asked("kubectl_logs", [words], agent="logs")]  # fmt: skip
    claim = AlarmClaim(quantity="errors", statement="changes fail", read_from="name")
    diagnosis = ENGINE.weigh([WORKLOAD], evidence, started_at=minutes(5), budget_left=10, claims=[claim]).diagnosis
    assert diagnosis.verdict != "cause" and "the record already exists" in diagnosis.statement


def test_of_what_a_log_keeps_saying_the_newest_is_told_before_what_it_has_said_for_hours() -> None:
    def words(text: str, since: float) -> Observation:
        first, last = rfc3339(minutes(since)), rfc3339(minutes(1))
        return seen("log.error", pod("a"), minutes(since), text, message=text, count=90, first=first, last=last)

    old, new = words("hints cannot be read", 300), words("Daily message quota exceeded", 4)
    unready = [seen("pod.not_ready", pod("a"), minutes(1), reason="ContainersNotReady"), unavailable()]
    evidence = [asked("kubectl_explain_workload", unready, chain(pod("a")), kind="Deployment"),
                asked("kubectl_logs", [old, new], agent="logs")]  # fmt: skip
    diagnosis = weigh(evidence, WORKLOAD).diagnosis
    assert diagnosis.verdict != "cause" and "Daily message quota exceeded" in diagnosis.statement
