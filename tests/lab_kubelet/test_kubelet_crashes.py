"""Processes that end: crash loops, memory, dependencies, restart policies."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean
from typing import Any

import pytest

from sre_lab.scenario import Dependency, ImageProfile, LogLine, MemoryProfile, ProcessExit

Labs = Callable[..., Any]
CRASH = ImageProfile(exits=[ProcessExit(after=0.5, code=1, log=["fatal: no database"])], log=[LogLine(line="starting")])


def test_a_crash_loop_restarts_at_the_pace_of_a_real_kubelet(lab: Labs) -> None:
    runs = []
    for seed in range(16):
        it = lab({"shop/app:1": CRASH}, seed=seed)
        it.run()
        it.to(680)
        runs.append(it.restarts_at())
    expected = [4, 18, 46, 94, 182, 350]
    for place, age in enumerate(expected):
        observed = [run[place] for run in runs]
        assert mean(observed) == pytest.approx(age, abs=2 + age * 0.03)
        assert all(one == pytest.approx(age, abs=4 + age * 0.1) for one in observed)


def test_a_crash_loop_shows_its_back_off_and_its_last_end(lab: Labs) -> None:
    it = lab({"shop/app:1": CRASH})
    pod = it.run()
    it.to(680)
    place = f"app-1_shop({pod['metadata']['uid']})"
    assert it.waiting() == ("CrashLoopBackOff", f"back-off 5m0s restarting failed container=app pod={place}")
    last = it.container()["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"]) == (1, "Error")
    assert it.pod()["status"]["phase"] == "Running"
    assert it.condition("Ready")["reason"] == "ContainersNotReady"
    message, count = it.events("BackOff")[0]
    assert message == f"Back-off restarting failed container app in pod {place}"
    assert 40 <= count <= 60
    messages = [it.history[i][1]["status"]["containerStatuses"][0]["state"] for i in range(1, len(it.history))]
    spans = [s["waiting"]["message"].split()[1] for s in messages if s.get("waiting", {}).get("message")]
    assert spans == ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]


def test_the_state_is_terminated_until_the_sync_that_sees_the_back_off(lab: Labs) -> None:
    it = lab({"shop/app:1": CRASH})
    it.run()
    it.to(8)
    finished = it.container()["state"]["terminated"]
    assert (finished["exitCode"], finished["reason"], it.container()["restartCount"]) == (1, "Error", 1)


def test_the_previous_log_holds_the_last_words_of_the_run_before(lab: Labs) -> None:
    it = lab({"shop/app:1": CRASH})
    it.run()
    it.to(30)
    assert [line for _, line in it.lines(previous=True)] == ["starting", "fatal: no database"]


def test_a_good_run_of_more_than_ten_minutes_resets_the_back_off(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(exits=[ProcessExit(after=700, code=1)])})
    it.run()
    it.to(2 * 703 + 20)
    assert it.container()["restartCount"] == 2
    assert "running" in it.container()["state"]
    assert it.events("BackOff") == []


def test_an_exit_that_needs_a_missing_variable_does_not_happen_when_a_secret_sets_it(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(exits=[ProcessExit(after=1, code=2, unless_env="DATABASE_URL")])})
    it.create("Secret", "db", {"url": "cG9zdGdyZXM6Ly9kYg=="})
    it.create("ConfigMap", "settings", {"DATABASE_URL": "postgres://db"})
    it.run(name="app-1")
    it.run(
        name="app-2",
        env=[{"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}],
    )
    it.run(name="app-3", envFrom=[{"configMapRef": {"name": "settings"}}])
    it.run(name="app-4", env=[{"name": "DATABASE_URL", "value": ""}])
    it.to(60)
    restarts = [it.container(pod=f"app-{n}")["restartCount"] > 0 for n in (1, 2, 3, 4)]
    assert restarts == [True, False, False, True]


def test_a_crash_for_want_of_a_dependency_heals_when_it_comes_up(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(exits=[ProcessExit(after=1, code=1, unless_dependency="db")])})
    down = Dependency(name="db", kind="rds", up=False)
    it.world.dependencies["db"] = down
    it.run()
    it.to(30)
    assert it.container()["restartCount"] >= 1
    it.world.dependencies["db"] = down.model_copy(update={"up": True})
    it.to(120)
    assert it.condition("Ready")["status"] == "True"


def test_memory_beyond_the_limit_ends_the_container_at_the_moment_of_crossing(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(memory=MemoryProfile(start="24Mi", peak="104Mi", over=20))})
    it.run(resources={"limits": {"memory": "64Mi"}})
    it.to(13)
    result = it.container()["state"]["terminated"]
    assert (result["exitCode"], result["reason"]) == (137, "OOMKilled")
    started, finished = (int(result[k][-3:-1]) for k in ("startedAt", "finishedAt"))
    assert finished - started in (9, 10, 11)
    it.to(60)
    assert it.container()["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert not [e for e in it.world.objects.all("Event") if "OOM" in e["reason"] or "OOM" in e["message"]]


def test_a_limit_above_the_peak_is_never_crossed(lab: Labs) -> None:
    it = lab({"shop/app:1": ImageProfile(memory=MemoryProfile(start="24Mi", peak="104Mi", over=20))})
    it.run(resources={"limits": {"memory": "128Mi"}})
    it.to(300)
    assert it.container()["restartCount"] == 0


def test_a_new_behaviour_of_an_image_reaches_the_containers_that_run_it(lab: Labs) -> None:
    it = lab()
    it.run()
    it.to(100)
    it.world.images["shop/app:1"] = ImageProfile(exits=[ProcessExit(after=5, code=3, log=["bad data"])])
    it.to(104)
    assert it.container()["restartCount"] == 0
    it.to(110)
    assert it.container()["lastState"]["terminated"]["exitCode"] == 3


def test_a_container_that_cannot_be_started_shows_the_runtime_error(lab: Labs) -> None:
    problem = 'exec: "/app/server": stat /app/server: no such file or directory: unknown'
    it = lab({"shop/app:1": ImageProfile(start_error=problem)})
    it.run()
    it.to(4)
    assert it.waiting() == ("RunContainerError", problem)
    last = it.container()["lastState"]["terminated"]
    assert (last["exitCode"], last["reason"], last["message"]) == (128, "StartError", problem)
    assert last["startedAt"] == "1970-01-01T00:00:00Z"
    assert it.events("Failed")[0][0] == f"Error: {problem}"
    it.to(30)
    assert it.waiting()[0] == "CrashLoopBackOff"
    assert it.pod()["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("policy", "code", "phase", "restarts"),
    [
        ("Never", 1, "Failed", False),
        ("Never", 0, "Succeeded", False),
        ("OnFailure", 0, "Succeeded", False),
        ("OnFailure", 1, "Running", True),
        ("Always", 0, "Running", True),
    ],
)
def test_the_restart_policy_decides_what_an_end_means(
    lab: Labs, policy: str, code: int, phase: str, restarts: bool
) -> None:
    it = lab({"shop/app:1": ImageProfile(exits=[ProcessExit(after=1, code=code)])})
    it.run(pod={"restartPolicy": policy})
    it.to(60)
    assert it.pod()["status"]["phase"] == phase
    assert (it.container()["restartCount"] > 0) is restarts
    reason = {"Failed": "PodFailed", "Succeeded": "PodCompleted"}.get(phase, "ContainersNotReady")
    assert it.condition("Ready")["reason"] == reason


def test_one_crashing_container_does_not_restart_the_other(lab: Labs) -> None:
    it = lab({"shop/side:1": CRASH})
    app, side = {"name": "app", "image": "shop/app:1"}, {"name": "side", "image": "shop/side:1"}
    it.run(pod={"containers": [app, side]})
    it.to(60)
    assert it.container("app")["restartCount"] == 0
    assert it.container("side")["restartCount"] >= 2
    assert it.condition("Ready")["message"] == "containers with unready status: [side]"
