"""Pods that start and run as they should, and what their status says."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sre_lab.behaviour.kubelet.usage import pod_usage
from sre_lab.behaviour.nodes import change_facts
from sre_lab.scenario import ImageProfile, LogLine, MemoryProfile
from sre_lab.scenario.cluster import NodeSpec

Labs = Callable[..., Any]


def test_a_bound_pod_is_pulled_created_started_and_ready_within_three_seconds(lab: Labs) -> None:
    it = lab()
    it.run(resources={"requests": {"cpu": "10m"}})
    it.to(0.1)
    assert it.pod()["status"]["phase"] == "Pending"
    assert it.waiting() == ("ContainerCreating", "")
    assert it.condition("Ready")["message"] == "containers with unready status: [app]"
    it.to(3)
    status = it.pod()["status"]
    assert (status["phase"], status["podIP"], status["hostIP"]) == ("Running", "10.244.1.2", "10.0.0.11")
    assert status["qosClass"] == "Burstable"
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "PodReadyToStartContainers": "True",
        "Initialized": "True",
        "Ready": "True",
        "ContainersReady": "True",
        "PodScheduled": "True",
    }
    rendered = it.container()
    assert rendered["imageID"].startswith("docker.io/shop/app@sha256:") and rendered["containerID"].startswith(
        "containerd:"
    )
    assert (rendered["ready"], rendered["started"], rendered["restartCount"], rendered["lastState"]) == (
        True,
        True,
        0,
        {},
    )
    assert [it.events(r)[0][0] for r in ("Pulling", "Created", "Started")] == [
        'Pulling image "shop/app:1"',
        "Created container: app",
        "Started container app",
    ]
    text = r'Successfully pulled image "shop/app:1" in (\S+s) \(\1 including waiting\)\. Image size: \d+ bytes\.'
    assert re.fullmatch(text, it.events("Pulled")[0][0])


def test_a_second_pod_of_the_image_finds_it_on_the_machine_and_gets_its_own_address(lab: Labs) -> None:
    it = lab()
    it.run(name="app-1")
    it.to(5)
    it.run(name="app-2")
    it.to(10)
    assert it.events("Pulled")[-1][0] == 'Container image "shop/app:1" already present on machine'
    assert it.pod("app-1")["status"]["podIP"] != it.pod("app-2")["status"]["podIP"]


def test_events_say_which_container_of_which_node_they_are_about(lab: Labs) -> None:
    it = lab()
    it.run()
    it.to(5)
    event = next(e for e in it.world.objects.all("Event") if e["reason"] == "Started")
    assert event["source"] == {"component": "kubelet", "host": "worker-1"}
    assert event["involvedObject"]["fieldPath"] == "spec.containers{app}"


def test_a_pod_without_a_node_or_on_an_unknown_node_is_left_alone(lab: Labs) -> None:
    it = lab()
    it.run(name="unbound", pod={"nodeName": ""})
    it.run(name="elsewhere", pod={"nodeName": "worker-9"})
    it.to(30)
    assert "containerStatuses" not in it.pod("unbound")["status"]
    assert "containerStatuses" not in it.pod("elsewhere")["status"]


def test_log_lines_are_written_with_their_true_times_when_somebody_reads(lab: Labs) -> None:
    lines = [LogLine(line="{pod} starts"), LogLine(at=2, every=10, line="{time} alive")]
    it = lab({"shop/app:1": ImageProfile(log=lines)})
    it.run()
    it.to(30)
    output = it.lines()
    began = output[0][0]
    assert [line for _, line in output][:1] == ["app-1 starts"]
    assert [round(at - began) for at, _ in output[1:]] == [2, 12, 22]
    assert output[1][1].startswith("2027-01-15T08:00:0")
    it.to(40)
    assert len(it.lines()) == len(output) + 1


def test_usage_follows_the_memory_curve_of_the_image(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(cpu="20m", memory=MemoryProfile(start="10Mi", peak="30Mi", over=100))})
    it.run()
    it.to(5)
    began = it.world.clock.now()
    (cpu, early) = pod_usage(it.world, it.pod())["app"]
    it.world.clock.advance_to(began + 50)
    (_, late) = pod_usage(it.world, it.pod())["app"]
    assert cpu == 20_000_000
    assert late - early == 10 * 2**20
    it.to(500)
    assert pod_usage(it.world, it.pod())["app"][1] == 30 * 2**20


def test_a_well_behaved_pod_costs_no_events_once_it_is_ready(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(log=[LogLine(every=1, line="tick")])})
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}
    it.run(readinessProbe=probe, livenessProbe=probe)
    it.to(30)
    version = it.world.objects.version
    moments = 0
    while it.now() < 600:
        moment = it.world.clock.next_event_at()
        assert moment is not None
        it.world.clock.advance_to(moment)
        moments += 1
    assert moments <= 571 + 57  # a look at changed facts each second, the node's lease each ten, and nothing else
    assert it.world.objects.changes_since(version, "Pod") == []


def test_one_seed_gives_one_history(lab: Labs) -> None:
    def history(seed: int) -> list[Any]:
        it = lab({"shop/app:1": ImageProfile(start_error="exec: no such file")}, seed=seed)
        it.run()
        it.to(400)
        return [(at, pod["status"]) for at, pod in it.history]

    assert history(7) == history(7)
    assert history(7) != history(8)


def test_a_node_whose_kubelet_is_silent_starts_its_pods_when_it_is_back(lab: Labs) -> None:
    it = lab()
    change_facts(it.world, "worker-1", NodeSpec(kubelet="down"))
    it.to(2)
    it.run()
    it.to(60)
    assert "containerStatuses" not in it.pod()["status"]
    change_facts(it.world, "worker-1", NodeSpec(kubelet="up"))
    it.to(65)
    assert it.condition("Ready")["status"] == "True"
