"""Startup, liveness and readiness probes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sre_lab.scenario import ImageProfile, ProbeProfile

Labs = Callable[..., Any]
HEALTH = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 5, "failureThreshold": 2}
PORTS = [{"containerPort": 8080, "name": "http"}]


def test_a_probed_container_is_ready_only_after_the_process_answers(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(ready_after=8)})
    it.run(readinessProbe=HEALTH, ports=PORTS)
    it.to(6)
    assert it.condition("Ready")["status"] == "False"
    assert it.container()["started"] is True
    refused = 'Get "http://10.244.1.2:8080/healthz": dial tcp 10.244.1.2:8080: connect: connection refused'
    assert it.events("Unhealthy") == [(f"Readiness probe failed: {refused}", 2)]
    it.to(16)
    assert it.condition("Ready")["status"] == "True"


def test_a_readiness_probe_that_begins_to_fail_takes_the_pod_out_without_a_restart(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(probes={"/healthz": [ProbeProfile(at=60, status=503), ProbeProfile(at=120)]})})
    it.run(readinessProbe=HEALTH, ports=PORTS)
    it.to(55)
    assert it.condition("Ready")["status"] == "True"
    it.to(80)
    assert it.condition("Ready")["status"] == "False"
    assert it.events("Unhealthy")[-1][0] == "Readiness probe failed: HTTP probe failed with statuscode: 503"
    assert it.container()["restartCount"] == 0
    it.to(140)
    assert it.condition("Ready")["status"] == "True"


def test_a_failed_liveness_probe_restarts_the_container_and_later_backs_off(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(probes={"/healthz": [ProbeProfile(at=20, status=None)]})})
    it.run(livenessProbe=HEALTH, ports=PORTS)
    it.to(35)
    assert it.container()["restartCount"] == 1
    last = it.container()["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (0, "Completed")
    assert it.events("Killing") == [("Container app failed liveness probe, will be restarted", 1)]
    assert it.events("Unhealthy")[0][1] == 2
    it.to(153)
    assert it.container()["restartCount"] == 4
    assert it.waiting()[1].startswith("back-off 40s restarting")


def test_a_startup_probe_that_never_succeeds_restarts_the_container(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(probes={"8080": [ProbeProfile(status=None)]}, on_sigterm=137)})
    it.run(
        startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 5, "failureThreshold": 3},
        livenessProbe=HEALTH,
        ports=PORTS,
        terminationGracePeriodSeconds=2,
    )
    it.to(14)
    assert it.container()["started"] is False
    it.to(60)
    assert it.events("Killing")[0][0] == "Container app failed startup probe, will be restarted"
    refused = "dial tcp 10.244.1.2:8080: connect: connection refused"
    assert [message for message, _ in it.events("Unhealthy")] == [f"Startup probe failed: {refused}"]
    assert it.container()["lastState"]["terminated"]["exitCode"] == 137


def test_liveness_waits_for_the_startup_probe(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(ready_after=25)})
    slow = {**HEALTH, "failureThreshold": 10}
    it.run(startupProbe=slow, livenessProbe=HEALTH, readinessProbe=HEALTH, ports=PORTS)
    it.to(60)
    assert it.container()["restartCount"] == 0
    assert it.condition("Ready")["status"] == "True"
    assert all(message.startswith("Startup") for message, _ in it.events("Unhealthy"))


@pytest.mark.parametrize("status", [200, 302])
def test_success_is_any_answer_below_400(lab: Labs, status: int) -> None:
    it = lab({"shop/app:1": ImageProfile(probes={"/healthz": [ProbeProfile(status=status)]})})
    it.run(readinessProbe=HEALTH, ports=PORTS)
    it.to(20)
    assert it.condition("Ready")["status"] == "True"


def test_a_changed_behaviour_wakes_probes_that_were_sure_of_success(lab: Labs) -> None:
    it = lab()
    it.run(readinessProbe=HEALTH, ports=PORTS)
    it.to(300)
    it.world.images["shop/app:1"] = ImageProfile(probes={"/healthz": [ProbeProfile(status=500)]})
    it.to(320)
    assert it.condition("Ready")["status"] == "False"
