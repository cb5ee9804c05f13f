"""Evidence as the servers give it, built by hand: one small cluster, its logs, alarms and tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_servers.contract import refusals
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation, Subject
from sre_agent.diagnosis import Engine
from sre_agent.domain.base import EvidenceId, IncidentId
from sre_agent.domain.diagnosis import Weighing
from sre_agent.domain.finding import Evidence
from sre_agent.failures import load

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CLUSTER, ACCOUNT = "blue", "123456789012/eu-central-1"
CATALOGUE = load()
ENGINE = Engine(CATALOGUE)


def minutes(count: float) -> datetime:
    """That many minutes before NOW."""
    return NOW - timedelta(minutes=count)


def thing(kind: str, name: str, namespace: str = "shop") -> Subject:
    return Subject(scope=CLUSTER, kind=kind, namespace=namespace, name=name)


def resource(kind: str, name: str) -> Subject:
    return Subject(scope=ACCOUNT, kind=kind, name=name)


WORKLOAD = thing("Deployment", "cart")
TABLE = resource("Table", "orders")


def seen(code: str, subject: Subject, at: datetime | None = None, excerpt: str = "", **attributes: Any) -> Observation:
    return Observation(code=code, subject=subject, at=at, attributes=attributes, excerpt=excerpt)


def link(kind: str, source: Subject, target: Subject) -> Relation:
    return Relation(kind=kind, source=source, target=target)


def asked(
    tool: str,
    observations: list[Observation],
    relations: list[Relation] | None = None,
    coverage: list[Coverage] | None = None,
    *,
    name: str = "cart",
    agent: str = "kubernetes",
    as_of: datetime = NOW,
    data: dict[str, Any] | None = None,
    **arguments: Any,
) -> Evidence:
    arguments = {"namespace": "shop", "name": name, **arguments}
    return Evidence(
        id=EvidenceId(f"{tool}:{name}:{as_of:%H%M%S}"),
        incident=IncidentId("i-1"),
        round=1,
        agent=agent,
        server="kubernetes",
        tool=tool,
        arguments=arguments,
        answer=Answer(
            text="",
            as_of=as_of,
            data=data or {},
            observations=observations,
            relations=relations or [],
            coverage=coverage or [Coverage(looked_at=f"{tool} {name}")],
        ),
        asked_at=as_of,
    )


def refused(tool: str, error: str, *, name: str = "cart", agent: str = "kubernetes") -> Evidence:
    return Evidence(
        id=EvidenceId(f"{tool}:{name}:refused"),
        incident=IncidentId("i-1"),
        round=1,
        agent=agent,
        server="kubernetes",
        tool=tool,
        arguments={"namespace": "shop", "name": name},
        refusal=refusals.of_text(error) if error else None,
        asked_at=NOW,
    )


def chain(*pods: Subject, workload: Subject = WORKLOAD) -> list[Relation]:
    """Deployment owns ReplicaSet owns pods."""
    replica_set = thing("ReplicaSet", f"{workload.name}-7f9d", workload.namespace)
    return [link("owns", workload, replica_set), *(link("owns", replica_set, pod) for pod in pods)]


def pod(name: str) -> Subject:
    return thing("Pod", f"cart-7f9d-{name}")


def weigh(evidence: list[Evidence], *focus: Subject, budget: int = 10, minutes_ago: float | None = 5) -> Weighing:
    started = minutes(minutes_ago) if minutes_ago is not None else None
    return ENGINE.weigh(list(focus or (WORKLOAD,)), evidence, started_at=started, budget_left=budget)


def crash(name: str = "a", **more: Any) -> list[Observation]:
    return [
        seen(
            "container.crash_looping",
            pod(name),
            minutes(1),
            "back-off 2m40s restarting failed container=cart",
            container="cart",
            restarts=5,
            exit_code=1,
            reason="Error",
            **more,
        ),
        seen("pod.not_ready", pod(name), minutes(6), reason="ContainersNotReady", seconds=360),
    ]


def unavailable(ready: int = 0, desired: int = 1) -> Observation:
    return seen("workload.unavailable", WORKLOAD, minutes(6), desired=desired, ready=ready)


def crash_looping() -> list[Evidence]:
    """A crash loop of the only revision; the application says which variable it lacks."""
    missing = "ERROR config: required environment variable DATABASE_URL is not set"
    return [
        asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment"),
        asked(
            "kubectl_logs",
            [seen("log.env_missing", pod("a"), minutes(1), missing, variable="DATABASE_URL", count=5)],
            agent="logs",
        ),
    ]


def out_of_memory(*, ready_others: bool = False) -> list[Evidence]:
    facts = [
        *crash(),
        seen(
            "container.oom_killed",
            pod("a"),
            minutes(1),
            "reason: OOMKilled",
            container="cart",
            memory_limit="512Mi",
            restarts=5,
            exit_code=137,
        ),
        unavailable(ready=2 if ready_others else 0, desired=3 if ready_others else 1),
    ]
    others = [pod("b"), pod("c")] if ready_others else []
    facts += [seen("pod.ready", p, seconds=90000) for p in others]
    return [asked("kubectl_explain_workload", facts, chain(pod("a"), *others), kind="Deployment")]


def bad_rollout(*, rolled_out: float = 10, image: str = "registry.test/cart:2.1.0-bad") -> list[Evidence]:
    """The newest revision's image is not there; pods of the earlier revision serve."""
    message = (
        f'Back-off pulling image "{image}": ErrImagePull: rpc error: code = NotFound desc = manifest unknown: not found'
    )
    facts = [
        seen(
            "container.image_pull_failed",
            pod("new"),
            minutes(4),
            message,
            container="cart",
            image=image,
            why="not_found",
            reason="ImagePullBackOff",
        ),
        seen("pod.not_ready", pod("new"), minutes(4), reason="ContainersNotReady", seconds=240),
        seen("pod.ready", pod("old"), seconds=90000),
        *rollout(rolled_out, image),
    ]
    return [asked("kubectl_explain_workload", facts, chain(pod("new"), pod("old")), kind="Deployment")]


def rollout(rolled_out: float = 10, image: str = "registry.test/cart:2.1.0-bad") -> list[Observation]:
    return [
        seen(
            "rollout.started",
            WORKLOAD,
            minutes(rolled_out),
            revision="3",
            image=image,
            changes=["image"],
            revision_before="2",
        ),
        seen("rollout.newest_failing", WORKLOAD, revision="3", failing=1, of=1),
        seen("rollout.earlier_healthy", WORKLOAD, revision="2"),
        seen("rollout.earlier_revision", WORKLOAD, revision="2", image="registry.test/cart:2.0.4", ready=3),
    ]


def config_missing() -> list[Evidence]:
    message = 'MountVolume.SetUp failed for volume "config-volume" : configmap "cart-config" not found'
    facts = [
        seen(
            "pod.mount_failed",
            pod("a"),
            minutes(3),
            message,
            volume="config-volume",
            missing_kind="ConfigMap",
            missing_name="cart-config",
        ),
        seen("reference.missing", WORKLOAD, kind="ConfigMap", name="cart-config", key="", near=["cart-configuration"]),
        seen("pod.not_ready", pod("a"), minutes(9), reason="ContainersNotReady", seconds=540),
        unavailable(),
    ]
    return [asked("kubectl_explain_workload", facts, chain(pod("a")), kind="Deployment")]


def database_down(*, with_metric: bool = True) -> list[Evidence]:
    database, address = resource("Database", "shop-db"), "shop-db.abc.eu-central-1.rds.amazonaws.test:5432"
    message = f"FATAL could not connect to {address}: connection refused"
    evidence = [
        asked("kubectl_explain_workload", [*crash(), unavailable()], chain(pod("a")), kind="Deployment"),
        asked(
            "kubectl_logs",
            [
                seen(
                    "log.connection_failed",
                    pod("a"),
                    minutes(1),
                    message,
                    address=address,
                    why="refused",
                    count=14,
                    first="2026-03-04T11:55:00Z",
                    last="2026-03-04T11:59:00Z",
                )
            ],
            agent="logs",
        ),
    ]
    if with_metric:
        unreachable = seen("database.unreachable", database, minutes(5), database="shop-db", before=20, now=0)
        evidence.append(asked("analyze_resource", [unreachable], name="shop-db", agent="metrics", kind="Database"))
    return evidence


def table_throttled(*, runbook: bool = False) -> list[Evidence]:
    alarm = resource("Alarm", "orders-throttles")
    evidence = [
        asked(
            "describe_alarm",
            [
                seen(
                    "alarm.firing",
                    alarm,
                    minutes(4),
                    alarm="orders-throttles",
                    metric="WriteThrottleEvents",
                    threshold=5,
                    value=80,
                )
            ],
            [link("watches", alarm, TABLE)],
            name="orders-throttles",
            agent="metrics",
        ),
        asked(
            "analyze_resource",
            [
                seen(
                    "table.throttled",
                    TABLE,
                    minutes(5),
                    table="orders",
                    direction="write",
                    events=900,
                    consumed=5.0,
                    provisioned=5.0,
                )
            ],
            name="orders",
            agent="metrics",
            kind="Table",
            start="2026-03-04T11:00:00Z",
            end="2026-03-04T12:00:00Z",
        ),
    ]
    if runbook:
        row = {
            "name": "Acme-RaiseCapacity",
            "version": "1",
            "tags": {"sre-agent:failure-class": "table_throttled"},
            "parameters": [
                {"name": "TableName", "type": "String", "required": True},
                {"name": "WriteCapacityUnits", "type": "String", "required": True},
            ],
            "score": 9.0,
        }
        throttling = seen(
            "runbook.found",
            resource("Runbook", "Acme-RaiseCapacity"),
            document="Acme-RaiseCapacity",
            version="1",
            mutating="yes",
            tags=["sre-agent:failure-class=table_throttled"],
        )
        evidence.append(asked("find_runbooks", [throttling], name="", agent="runbooks", data={"runbooks": [row]}))
    return evidence


def healthy(*more: Observation, coverage: list[Coverage] | None = None) -> list[Evidence]:
    facts = [
        seen("workload.available", WORKLOAD, desired=2, ready=2),
        seen("pod.ready", pod("a"), seconds=90000),
        seen("pod.ready", pod("b"), seconds=90000),
        *more,
    ]
    return [asked("kubectl_explain_workload", facts, chain(pod("a"), pod("b")), coverage, kind="Deployment")]
