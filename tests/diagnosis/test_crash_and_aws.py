"""Classes of crashes and of what AWS gives: the true case, what looks like it, and the case without its proof."""

from __future__ import annotations

import pytest

from mcp_servers.contract.facts import Observation, Relation, Subject
from sre_agent.domain.diagnosis import Diagnosis
from sre_agent.domain.finding import Evidence

from .pictures import CATALOGUE, CLUSTER, WORKLOAD, asked, chain, link, minutes, pod, resource, seen, thing, weigh

QUEUE, DATABASE, CACHE = resource("Queue", "orders"), resource("Database", "shop-db"), resource("Cache", "sessions")
FUNCTION = resource("Function", "thumbs")
NODE = Subject(scope=CLUSTER, kind="Node", name="worker-1")
ZONE = Subject(scope=CLUSTER, kind="Zone", name="eu-central-1a")
ALARM = resource("Alarm", "cart-slow")
SERVICE = resource("Service", "cart")  # what metrics know by the workload's name alone
CALLER = thing("Deployment", "checkout")
SPAN = {"first": "2026-03-04T11:50:00Z", "last": "2026-03-04T11:59:50Z"}


def look(
    *facts: Observation, tool: str = "analyze_resource", name: str = "cart", ties: list[Relation] | None = None
) -> Evidence:
    return asked(tool, list(facts), ties, name=name)


def serving(workload: Subject = WORKLOAD) -> Evidence:
    own = thing("Pod", f"{workload.name}-7f9d-a", workload.namespace)
    facts = [seen("workload.available", workload, desired=3, ready=3), seen("pod.ready", own, seconds=90000)]
    return asked(
        "kubectl_explain_workload", facts, chain(own, workload=workload), name=workload.name, kind="Deployment"
    )


def log_sign(
    code: str, about: Subject | None = None, text: str = "", count: int = 20, **attributes: object
) -> Observation:
    return seen(code, about or pod("a"), minutes(10), text or f"the log says {code}", count=count, **SPAN, **attributes)


def slow() -> Observation:
    return seen("metric.level_changed", SERVICE, minutes(9), metric="Latency", statistic="Average", before=40, now=900)


def firing(target: Subject, alarm: Subject = ALARM) -> Evidence:
    fact = seen("alarm.firing", alarm, minutes(5), alarm=alarm.name, metric="Latency", threshold=400, value=900)
    return asked("describe_alarm", [fact], [link("watches", alarm, target)], name=alarm.name, agent="metrics")


def growing() -> Observation:
    return seen("queue.growing", QUEUE, minutes(8), sent=1500.0, deleted=900.0, waiting=3000, oldest=180)


def stall() -> Observation:
    return seen("queue.stalled", QUEUE, minutes(8), sent=180.0, received=4.0, waiting=900, oldest=300)


def surge(about: Subject = SERVICE) -> Observation:
    return seen("traffic.surged", about, minutes(8), metric="RequestCount", before=500, now=2500, factor=5.0)


def at_limit(about: Subject | None = None) -> Observation:
    return seen("cpu.at_limit", about or pod("a"), minutes(8), container="cart", used="500m", limit="500m", share=100)


def at_timeout() -> Observation:
    words = "Duration (Maximum) 3000 ms, Errors 600 of 750 since 2026-03-04T11:45:00Z"
    return seen("function.at_timeout", FUNCTION, minutes(15), words, seconds=3, errors=600, runs=750)


def calls(source: Subject, target: Subject) -> Evidence:
    return look(seen("workload.available", source, desired=3, ready=3), tool="kubectl_callers", name=target.name,
                ties=[link("calls", source, target)])  # fmt: skip


def hosting(*facts: Observation) -> Evidence:
    return asked("kubectl_nodes", list(facts), [link("runs_on", pod("a"), NODE), *chain(pod("a"))], name=NODE.name)


TRUE: dict[str, tuple[list[Evidence], Subject, str]] = {
    "queue_backlog": ([look(growing(), name="orders"), calls(WORKLOAD, QUEUE)], QUEUE, "Queue/orders"),
    "poison_message": (
        [
            look(stall(), name="orders"),
            calls(WORKLOAD, QUEUE),
            serving(),
            look(log_sign("log.message_failed", queue="", message="A-4471"), tool="kubectl_logs"),
        ],
        QUEUE,
        "Queue/orders",
    ),
    "traffic_surge": ([serving(), look(surge(), at_limit(), slow()), firing(SERVICE)], WORKLOAD, WORKLOAD.short),
    "cpu_throttled": ([serving(), look(at_limit(), slow()), firing(SERVICE)], WORKLOAD, WORKLOAD.short),
    "runtime_collapse": (
        [
            serving(),
            look(log_sign("log.memory_busy", runtime="jvm"), tool="kubectl_logs"),
            look(slow()),
            firing(SERVICE),
        ],
        WORKLOAD,
        WORKLOAD.short,
    ),
    "retry_storm": (
        [
            serving(),
            look(surge(), slow()),
            firing(SERVICE),
            calls(CALLER, WORKLOAD),
            look(seen("traffic.not_surged", CALLER, metric="RequestCount", before=500, now=510), name="checkout"),
            look(log_sign("log.retrying", CALLER), tool="kubectl_logs", name="checkout"),
        ],
        WORKLOAD,
        WORKLOAD.short,
    ),
    "pool_exhausted": (
        [serving(), look(log_sign("log.pool_exhausted", where="pool", address="", size="10"), tool="kubectl_logs")],
        WORKLOAD,
        WORKLOAD.short,
    ),
    "kernel_limit_hit": (
        [serving(), look(log_sign("log.kernel_limit", limit="files"), tool="kubectl_logs")],
        WORKLOAD,
        WORKLOAD.short,
    ),
    "clock_drift": (
        [hosting(seen("node.clock_off", NODE, minutes(1), seconds=240), log_sign("log.clock_skew", what="token"))],
        NODE,
        "Node/worker-1",
    ),
    "node_out_of_memory": (
        [hosting(seen("node.out_of_memory", NODE, minutes(2), message="System OOM encountered", count=3),
                 seen("node.pressure", NODE, minutes(2), condition="MemoryPressure", message=""))],
        NODE,
        "Node/worker-1",
    ),
    "database_degraded": (
        [look(seen("database.short_of", DATABASE, minutes(9), "FreeStorageSpace 14, then 0.5", of="storage",
                   metric="FreeStorageSpace", value=0.5, before=14.0), name="shop-db")],
        DATABASE,
        "Database/shop-db",
    ),
    "cache_degraded": (
        [look(seen("cache.short_of", CACHE, minutes(9), of="memory", metric="DatabaseMemoryUsagePercentage", value=99,
                   before=60, evicted=4000), name="sessions")],
        CACHE,
        "Cache/sessions",
    ),
    "function_timed_out": (
        [look(log_sign("log.timed_out", FUNCTION, "Task timed out after 3.00 seconds", seconds="3.00"),
              tool="resource_records", name="thumbs"), look(at_timeout(), name="thumbs")],
        FUNCTION,
        "Function/thumbs",
    ),
    "region_impaired": (
        [look(seen("zone.impaired", ZONE, minutes(9), zone="eu-central-1a", failing=3, nodes=3, others=6),
              tool="kubectl_nodes", name="", ties=[link("runs_on", NODE, ZONE)])],
        ZONE,
        "Zone/eu-central-1a",
    ),
}  # fmt: skip


def verdict(evidence: list[Evidence], focus: Subject) -> Diagnosis:
    return weigh(evidence, focus).diagnosis


@pytest.mark.parametrize("name", TRUE)
def test_the_class_is_named_where_it_has_to_be_mended(name: str) -> None:
    evidence, focus, subject = TRUE[name]
    diagnosis = verdict(evidence, focus)
    assert diagnosis.verdict == "cause", diagnosis.statement
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short) == (name, subject)
    assert diagnosis.hypothesis.confidence >= 0.5
    assert len(diagnosis.statement) <= 700 and "perhaps" not in diagnosis.statement.lower()


@pytest.mark.parametrize("name", TRUE)
def test_without_its_deciding_fact_the_class_is_not_sure(name: str) -> None:
    evidence, focus, _ = TRUE[name]
    deciding = {rule.observation for rule in CATALOGUE[name].supports if rule.decisive}
    left = []
    for item in evidence:
        assert item.answer is not None
        others = [o for o in item.answer.observations if o.code not in deciding]
        left.append(item.model_copy(update={"answer": item.answer.model_copy(update={"observations": others})}))
    hypothesis = verdict(left, focus).hypothesis
    assert hypothesis is None or hypothesis.failure_class != name or hypothesis.confidence <= 0.6


def test_a_function_whose_runs_end_at_one_second_is_told_without_its_log_but_not_surely() -> None:
    alarm = resource("Alarm", "thumbs-errors")
    firing_ = look(seen("alarm.firing", alarm, minutes(5), alarm="thumbs-errors", metric="Errors"),
                   tool="describe_alarm", name="thumbs-errors", ties=[link("watches", alarm, FUNCTION)])  # fmt: skip
    diagnosis = verdict([look(at_timeout(), name="thumbs"), firing_], FUNCTION)
    assert diagnosis.verdict == "cause" and diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.failure_class == "function_timed_out" and 0.5 <= diagnosis.hypothesis.confidence <= 0.6
    assert "after 3 s, which is its timeout, 600 of 750 failed" in diagnosis.statement


def test_an_address_that_a_function_waits_for_is_the_cause_of_its_timeouts() -> None:
    refused = log_sign("log.connection_failed", FUNCTION, "connect ETIMEDOUT cards.internal:443",
                   address="cards.internal:443", why="timeout")  # fmt: skip
    timeout = log_sign("log.timed_out", FUNCTION, "Task timed out after 3.00 seconds", seconds="3.00")
    diagnosis = verdict([look(refused, timeout, tool="resource_records", name="thumbs")], FUNCTION)
    assert "cards.internal" in diagnosis.statement


def test_a_busy_program_that_nobody_feels_is_healthy() -> None:
    diagnosis = verdict([serving(), look(seen("cpu.has_room", SERVICE, share=70))], WORKLOAD)
    assert diagnosis.verdict == "no_fault"


def test_more_requests_that_the_pods_have_room_for_are_no_cause() -> None:
    diagnosis = verdict([serving(), look(surge(), seen("cpu.has_room", SERVICE, share=40)), firing(SERVICE)], WORKLOAD)
    assert diagnosis.verdict == "inconclusive"


def test_a_queue_that_shrinks_is_not_blamed_for_its_length() -> None:
    calm = seen("queue.worked_off", QUEUE, waiting=900, oldest=20)
    diagnosis = verdict([look(calm, name="orders"), calls(WORKLOAD, QUEUE)], QUEUE)
    assert diagnosis.verdict == "no_fault"


def test_workers_that_are_missing_are_no_poison() -> None:
    down = seen("workload.unavailable", WORKLOAD, minutes(6), desired=3, ready=0)
    ties = [link("calls", WORKLOAD, QUEUE)]
    diagnosis = verdict(
        [look(stall(), name="orders"), look(down, tool="kubectl_callers", name="orders", ties=ties)], QUEUE
    )
    assert diagnosis.hypothesis is not None
    assert diagnosis.hypothesis.failure_class != "poison_message"


def test_a_message_that_fails_explains_why_its_queue_stands_still() -> None:
    evidence, focus, _ = TRUE["poison_message"]
    assert any("queue_backlog" in line.failure_class for line in verdict(evidence, focus).ruled_out)


def test_callers_that_get_more_requests_themselves_are_no_retry_storm() -> None:
    evidence, focus, _ = TRUE["retry_storm"]
    more = look(surge(CALLER), name="checkout", tool="get_metric")
    hypothesis = verdict([*evidence[:4], *evidence[5:], more], focus).hypothesis
    assert hypothesis is None or hypothesis.failure_class != "retry_storm" or hypothesis.confidence <= 0.6


def test_a_database_without_connections_names_who_took_them() -> None:
    letters = thing("Deployment", "letters")
    scale_up = seen("workload.scaled", letters, minutes(9), before=1, after=6, way="up")
    ties = [link("calls", WORKLOAD, DATABASE), link("calls", letters, DATABASE)]
    full = log_sign("log.pool_exhausted", where="server", address="shop-db.test:5432")
    evidence = [
        serving(),
        look(full, tool="kubectl_logs"),
        look(scale_up, tool="kubectl_callers", name="shop-db.test", ties=ties),
        look(seen("database.available", DATABASE, connections=60), name="shop-db"),
    ]
    diagnosis = verdict(evidence, WORKLOAD)
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject.short) == (
        "pool_exhausted",
        "Database/shop-db",
    )
    assert "Deployment/shop/letters, which uses it too, was scaled from 1 to 6 replicas" in diagnosis.statement


def test_two_clocks_of_which_neither_is_known_to_be_wrong_blame_no_node() -> None:
    diagnosis = verdict([serving(), look(log_sign("log.clock_skew", what="token"), tool="kubectl_logs")], WORKLOAD)
    assert diagnosis.hypothesis is None or diagnosis.hypothesis.confidence <= 0.6


def test_a_collector_that_is_broken_explains_why_numbers_stopped() -> None:
    collector = thing("Deployment", "collector", "telemetry")
    own = thing("Pod", "collector-7f9d-a", "telemetry")
    stopped = seen(
        "metric.stopped", SERVICE, minutes(4), metric="RequestCount", last="2026-03-04T11:56:00Z", seconds=240
    )
    failures = [
        seen("telemetry.interrupted", collector, image="registry.test/otelcol:1.0", agent="opentelemetry collector"),
        seen("workload.unavailable", collector, minutes(4), desired=1, ready=0),
        seen("container.crash_looping", own, minutes(4), container="otelcol", restarts=5, exit_code=1),
    ]
    lacking = seen("alarm.no_data", ALARM, minutes(3), alarm=ALARM.name, since="2026-03-04T11:57:00Z")
    evidence = [
        serving(),
        look(stopped, tool="get_metric"),
        asked("describe_alarm", [lacking], [link("watches", ALARM, SERVICE)], name=ALARM.name, agent="metrics"),
        look(*failures, tool="kubectl_triage", name="",
             ties=[*chain(own, workload=collector), link("calls", WORKLOAD, collector)]),
    ]  # fmt: skip
    diagnosis = verdict(evidence, WORKLOAD)
    assert diagnosis.hypothesis is not None
    assert (diagnosis.hypothesis.failure_class, diagnosis.hypothesis.subject) == ("monitoring_gap", collector)


def test_an_alarm_without_numbers_whose_workload_is_down_is_no_gap_in_the_monitoring() -> None:
    lacking = seen("alarm.no_data", ALARM, minutes(3), alarm=ALARM.name, since="2026-03-04T11:57:00Z")
    down = seen("workload.unavailable", WORKLOAD, minutes(6), desired=3, ready=0)
    evidence = [
        asked("kubectl_explain_workload", [down], chain(pod("a")), kind="Deployment"),
        asked("describe_alarm", [lacking], [link("watches", ALARM, SERVICE)], name=ALARM.name, agent="metrics"),
    ]
    hypothesis = verdict(evidence, WORKLOAD).hypothesis
    assert hypothesis is None or hypothesis.failure_class != "monitoring_gap"
