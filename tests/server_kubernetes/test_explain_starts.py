"""Why containers do not start, what their probes ask and get, and what pods took at their start, as facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sre_lab.telemetry import ContainerLog
from tests.server_kubernetes.reading_lab import (
    IMAGE,
    NOW,
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    facts,
    made,
    owned,
    pod,
    replica_set,
    template,
    terminated,
    waiting,
)

pytestmark = pytest.mark.anyio
LIVENESS = {
    "httpGet": {"path": "/live", "port": "http"},
    "initialDelaySeconds": 10,
    "periodSeconds": 5,
    "failureThreshold": 3,
}
PORTS = [{"name": "http", "containerPort": 8080}]
REFUSED = 'Get "http://10.1.0.7:8080/live": dial tcp 10.1.0.7:8080: connect: connection refused'


def written(kind: str, name: str, seconds: float, **fields: Any) -> Obj:
    """An object of whose data somebody is known to have written so long ago."""
    mark = {"manager": "kubectl-edit", "operation": "Update", "time": ago(seconds), "fieldsV1": {"f:data": {"f:K": {}}}}
    return made(kind, name, 90_000, meta={"managedFields": [mark]}, **fields)


@pytest.mark.parametrize(("before", "ran_before"), [("1", "yes"), ("2", "no")])
async def test_an_image_that_an_earlier_revision_ran_is_known(tmp_path: Path, before: str, ran_before: str) -> None:
    pulling = pod(state=waiting("ImagePullBackOff", "401 Unauthorized"))
    sets = (replica_set("6d4f7", 2, 600), replica_set("5c9b2", 1, 90_000, template(before)))
    async with asked(tmp_path, deployment(0, 2), *sets, pulling) as ask:
        observation = fact(await ask.explain(), "container.image_pull_failed")
    assert (observation["image"], observation["known"]) == (IMAGE.format("1"), ran_before)


async def test_a_refused_pull_is_quoted_with_the_last_words_of_who_refused(tmp_path: Path) -> None:
    image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web-with-a-long-name:4.12.0"
    layers = f'Failed to pull image "{image}": failed to pull and unpack image "{image}": failed to resolve "{image}": '
    refusal = "403 Forbidden: denied: Your authorization token has expired. Reauthenticate and try again."
    pulling = pod(state=waiting("ErrImagePull", f"{layers}unexpected status from HEAD {image}: {refusal}"))
    async with asked(tmp_path, pulling) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.image_pull_failed")
    assert observation["excerpt"].endswith(refusal)


@pytest.mark.parametrize(
    ("message", "why", "program"),
    [
        ('exec: "/app/reportd": stat /app/reportd: no such file or directory: unknown', "not_found", "/app/reportd"),
        ('exec: "gunicorn": executable file not found in $PATH: unknown', "not_found", "gunicorn"),
        ('exec: "/app/run.sh": permission denied: unknown', "not_executable", "/app/run.sh"),
        ("exec /app/web: exec format error", "wrong_format", "/app/web"),
        ('error mounting "/var/lib/x" to rootfs: no such file or directory', "unknown", ""),
    ],
)
async def test_what_the_runtime_could_not_start_is_named_with_the_reason(
    tmp_path: Path, message: str, why: str, program: str
) -> None:
    looping = pod(
        state=waiting("CrashLoopBackOff", "back-off 40s"),
        last=terminated(128, "StartError", message=message),
        restarts=4,
    )
    async with asked(tmp_path, looping) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.start_failed")
    assert (observation["why"], observation.get("program", "")) == (why, program)


@pytest.mark.parametrize(("ran", "history"), [(20, "never"), (400, "before")])
async def test_a_run_that_outlived_what_its_probe_allows_has_answered(tmp_path: Path, ran: float, history: str) -> None:
    container_restarts = pod(
        state=waiting("CrashLoopBackOff", "back-off 40s"),
        last=terminated(0, "Completed", ran=ran),
        restarts=5,
        body=template(livenessProbe=LIVENESS, ports=PORTS),
    )
    failed = event(container_restarts, "Unhealthy", f"Liveness probe failed: {REFUSED}", count=9, container="web")
    async with asked(tmp_path, container_restarts, failed) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.probe_failing")
    assert (observation["reply"], observation["asks"], observation["port_declared"]) == (
        "refused",
        "http :8080/live",
        "yes",
    )
    assert (observation["allowed_seconds"], observation["answered"]) == (25, history)


@pytest.mark.parametrize(("runs", "failing"), [(10, True), (600, False)])
async def test_a_run_without_a_readiness_probe_is_well_only_when_it_outlives_its_liveness_probe(
    tmp_path: Path, runs: float, failing: bool
) -> None:
    own_pod = pod(
        state={"running": {"startedAt": ago(runs)}},
        last=terminated(143, finish=runs, ran=20),
        restarts=5,
        body=template(livenessProbe=LIVENESS, ports=PORTS),
    )
    own_pod["status"]["containerStatuses"][0]["ready"] = True
    failed = event(own_pod, "Unhealthy", f"Liveness probe failed: {REFUSED}", last=runs + 1, container="web")
    async with asked(tmp_path, own_pod, failed) as ask:
        assert ("container.probe_failing" in codes(await ask.explain("web-6d4f7-bcdfg"))) is failing


@pytest.mark.parametrize(
    ("probe", "message", "expected"),
    [
        (
            {"httpGet": {"path": "/up", "port": 9999}},
            "HTTP probe failed with statuscode: 404",
            {"reply": "status", "status": "404", "asks": "http :9999/up", "port_declared": "no"},
        ),
        ({"exec": {"command": ["sh", "-c", "exit 1"]}}, "", {"reply": "ended", "asks": "sh -c exit 1"}),
        (
            {"tcpSocket": {"port": 8080}},
            "dial tcp 10.1.0.7:8080: i/o timeout",
            {"reply": "timeout", "asks": "tcp :8080"},
        ),
        (
            {"httpGet": {"path": "/up", "port": 8443}},
            'Get "http://10.1.0.7:8443/up": net/http: HTTP/1.x transport connection broken: malformed HTTP response',
            {"reply": "protocol", "asks": "http :8443/up"},
        ),
        (
            {"httpGet": {"path": "/up", "port": 8080, "scheme": "HTTPS"}},
            'Get "https://10.1.0.7:8080/up": http: server gave HTTP response to HTTPS client',
            {"reply": "protocol", "asks": "https :8080/up"},
        ),
    ],
)
async def test_a_readiness_probe_is_told_with_what_it_asks_and_gets(
    tmp_path: Path, probe: Obj, message: str, expected: Obj
) -> None:
    unready = pod(state={"running": {"startedAt": ago(1790)}}, body=template(readinessProbe=probe, ports=PORTS))
    failed = event(unready, "Unhealthy", f"Readiness probe failed: {message}", count=40, container="web")
    async with asked(tmp_path, unready, failed) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.probe_failing")
    assert {name: observation[name] for name in expected} == expected
    assert observation["answered"] == "never"


async def test_an_init_container_that_goes_on_holds_up_the_others(tmp_path: Path) -> None:
    first = {"initContainers": [{"name": "wait", "image": "wait:1"}]}
    init_status = {"name": "wait", "ready": False, "restartCount": 0, "state": {"running": {"startedAt": ago(300)}}}
    blocked_pod = pod(
        state=waiting("PodInitializing"), body=template(pod=first), status={"initContainerStatuses": [init_status]}
    )
    async with asked(tmp_path, blocked_pod) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.init_unfinished")
    assert (observation["container"], observation["state"], observation["seconds"]) == ("wait", "running", 300)


async def test_an_init_container_that_has_just_begun_holds_up_nothing(tmp_path: Path) -> None:
    first = {"initContainers": [{"name": "wait", "image": "wait:1"}]}
    init_status = {"name": "wait", "ready": False, "restartCount": 0, "state": {"running": {"startedAt": ago(20)}}}
    blocked_pod = pod(
        state=waiting("PodInitializing"),
        seconds=25,
        body=template(pod=first),
        status={"initContainerStatuses": [init_status]},
    )
    async with asked(tmp_path, blocked_pod) as ask:
        assert "container.init_unfinished" not in codes(await ask.explain("web-6d4f7-bcdfg"))


async def test_a_pod_whose_sidecar_fails_is_partly_running(tmp_path: Path) -> None:
    beside = template(pod={"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]})
    statuses = [
        {"name": "web", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": ago(900)}}},
        {
            "name": "proxy",
            "ready": False,
            "restartCount": 6,
            "state": waiting("CrashLoopBackOff"),
            "lastState": terminated(1),
        },
    ]
    web_pod = pod(state=waiting("CrashLoopBackOff"), body=beside, status={"containerStatuses": statuses})
    async with asked(tmp_path, web_pod) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "pod.partly_running")
    assert (observation["running"], observation["failing"], observation["main_runs"]) == (["web"], ["proxy"], "yes")


@pytest.mark.parametrize(("seconds", "stale"), [(600, True), (7200, False)])
async def test_a_secret_written_after_the_pods_started_is_newer_than_what_they_use(
    tmp_path: Path, seconds: float, stale: bool
) -> None:
    variable = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}
    body = template(env=[variable])
    secret = written("Secret", "db", seconds, data={"password": ""})
    objects = (deployment(1, body=body), replica_set("6d4f7", 1, 3600, body), pod(body=body), secret)
    async with asked(tmp_path, *objects) as ask:
        newer = [x["attributes"] for x in facts(await ask.explain(), "reference.newer")]
    assert [(x["kind"], x["name"], x["key"]) for x in newer] == ([("Secret", "db", "password")] if stale else [])


async def test_a_secret_in_a_volume_is_read_anew_and_never_out_of_date(tmp_path: Path) -> None:
    volume = {"volumes": [{"name": "db", "secret": {"secretName": "db"}}]}
    body = template(pod=volume, volumeMounts=[{"name": "db", "mountPath": "/db"}])
    secret = written("Secret", "db", 600, data={"password": ""})
    async with asked(
        tmp_path, deployment(1, body=body), replica_set("6d4f7", 1, 3600, body), pod(body=body), secret
    ) as ask:
        assert "reference.newer" not in codes(await ask.explain())


@pytest.mark.parametrize(("seconds", "first"), [(3000, "yes"), (80_000, "no")])
async def test_an_address_that_a_log_names_is_found_in_the_configuration(
    tmp_path: Path, seconds: float, first: str
) -> None:
    body = template(envFrom=[{"configMapRef": {"name": "settings"}}])
    config = written(
        "ConfigMap", "settings", seconds, data={"GATEWAY": "tcp://locks.staging.test:8883", "CITY": "lyon"}
    )
    sets = (replica_set("6d4f7", 2, 1900, body), replica_set("5c9b2", 1, 9_000, body))
    message = "ERROR dial tcp: lookup locks.staging.test on 10.0.0.10:53: no such host"
    logs = {"web-6d4f7-bcdfg": [ContainerLog(NOW - 900, [(NOW - 60, message)])]}
    async with asked(tmp_path, deployment(1, 2, body), *sets, pod(body=body), config, logs=logs) as ask:
        answer = await ask("kubectl_logs", namespace="shop", name="web")
    observation = fact(answer, "reference.holds")
    assert (observation["address"], observation["kind"], observation["name"], observation["key"]) == (
        "locks.staging.test", "ConfigMap", "settings", "GATEWAY",
    )  # fmt: skip
    assert observation["first_read"] == first
    assert "lyon" not in str(answer)


async def test_a_workload_at_zero_is_told_with_what_it_had(tmp_path: Path) -> None:
    down = deployment(0)
    down["spec"]["replicas"] = 0
    scale_down = event(
        down, "ScalingReplicaSet", "Scaled down replica set web-6d4f7 from 3 to 0", kind="Normal", last=90
    )
    async with asked(tmp_path, down, scale_down) as ask:
        observation = fact(await ask.explain(), "workload.scaled_to_zero")
    assert (observation["before"], observation["at"]) == (3, ago(90))


async def test_a_paused_rollout_that_has_pods_to_replace_is_held(tmp_path: Path) -> None:
    paused = deployment(2, 2, replicas=2, updatedReplicas=0)
    paused["spec"]["paused"] = True
    async with asked(tmp_path, paused, replica_set("6d4f7", 1, 3600), pod()) as ask:
        observation = fact(await ask.explain(), "rollout.held")
    assert (observation["why"], observation["waiting"]) == ("paused", 2)


@pytest.mark.parametrize(("updated", "observed", "complete"), [(1, 4, True), (0, 4, False), (1, 3, False)])
async def test_a_rollout_is_complete_where_all_ready_pods_are_of_the_present_template(
    tmp_path: Path, updated: int, observed: int, complete: bool
) -> None:
    one = deployment(1, 1, replicas=1, updatedReplicas=updated, observedGeneration=observed)
    one["metadata"]["generation"], one["spec"]["replicas"] = 4, 1
    async with asked(tmp_path, one, replica_set("6d4f7", 1, 3600), pod()) as ask:
        assert ("rollout.complete" in codes(await ask.explain())) == complete


async def test_a_variable_that_stands_twice_in_a_template_is_told(tmp_path: Path) -> None:
    body = template(
        env=[{"name": "MODE", "value": "a"}, {"name": "PORT", "value": "1"}, {"name": "MODE", "value": "b"}]
    )
    async with asked(tmp_path, deployment(1, body=body), pod(body=body)) as ask:
        assert fact(await ask.explain(), "workload.env_repeated")["variable"] == "MODE"


async def test_a_job_whose_sidecar_runs_on_after_its_work_is_held_open(tmp_path: Path) -> None:
    spec = {"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]}
    statuses = [
        {"name": "web", "ready": False, "restartCount": 0, "state": terminated(0, "Completed")},
        {"name": "proxy", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": ago(900)}}},
    ]
    work = made("Job", "web", spec={"template": {"spec": spec}}, status={"active": 1})
    run = pod("web-bcdfg", owner=owned("Job", "web"), body={"spec": spec}, status={"containerStatuses": statuses})
    async with asked(tmp_path, work, run) as ask:
        observation = fact(await ask.explain(kind="Job"), "job.held_open")
    assert (observation["running"], observation["ended"]) == (["proxy"], ["web"])


@pytest.mark.parametrize(("seconds", "is_told"), [(1900, True), (600, False), (7200, False)])
async def test_a_config_map_that_was_written_shortly_before_its_pods_failed_is_told(
    tmp_path: Path, seconds: float, is_told: bool
) -> None:
    body = template(pod={"volumes": [{"name": "rates", "configMap": {"name": "rates"}}]})
    crashing = pod(state=waiting("CrashLoopBackOff"), last=terminated(1), restarts=4, body=body)
    objects = (deployment(0, body=body), replica_set("6d4f7", 1, 90_000, body), crashing)
    async with asked(tmp_path, *objects, written("ConfigMap", "rates", seconds, data={"K": "1"})) as ask:
        writes = [x["attributes"] for x in facts(await ask.explain(), "reference.written")]
    assert [(x["kind"], x["name"]) for x in writes] == ([("ConfigMap", "rates")] if is_told else [])


@pytest.mark.parametrize(("agent_ready", "container"), [(False, "agent"), (True, None)])
async def test_lines_of_the_container_that_alone_is_not_ready_bear_its_name(
    tmp_path: Path, agent_ready: bool, container: str | None
) -> None:
    waits = pod(state=waiting("CrashLoopBackOff") if agent_ready else None, restarts=0)
    waits["spec"]["containers"] = [*waits["spec"]["containers"], {"name": "agent", "image": IMAGE.format("1")}]
    own = waits["status"]["containerStatuses"]
    own.append({**own[0], "name": "agent", "ready": agent_ready, "state": {"running": {"startedAt": ago(900)}}})
    message = "ERROR agent.auth: error authenticating: invalid role name"
    logs = {
        "web-6d4f7-bcdfg": [ContainerLog(NOW - 900, [(NOW - 60, "INFO waiting for /secrets/database.env")])],
        "web-6d4f7-bcdfg/agent": [ContainerLog(NOW - 900, [(NOW - 120, message), (NOW - 60, message)])],
    }
    async with asked(tmp_path, deployment(0), replica_set("6d4f7", 1, 1900), waits, logs=logs) as ask:
        answer = await ask("kubectl_logs", namespace="shop", name="web")
    assert fact(answer, "log.error").get("unready_container") == container
    assert "log.no_errors" not in codes(answer)


@pytest.mark.parametrize(("port", "scheme", "tls"), [(8443, "HTTP", "likely"), (8080, "HTTP", ""), (8443, "HTTPS", "")])
async def test_a_program_that_answers_400_on_a_port_of_tls_seems_to_speak_it(
    tmp_path: Path, port: int, scheme: str, tls: str
) -> None:
    probe = {"httpGet": {"path": "/up", "port": port, "scheme": scheme}}
    own_pod = pod(state={"running": {"startedAt": ago(600)}}, body=template(readinessProbe=probe, ports=[]))
    text = "Readiness probe failed: HTTP probe failed with statuscode: 400"
    async with asked(tmp_path, own_pod, event(own_pod, "Unhealthy", text, last=0.5, container="web")) as ask:
        observation = fact(await ask.explain("web-6d4f7-bcdfg"), "container.probe_failing")
    assert observation.get("tls", "") == tls
