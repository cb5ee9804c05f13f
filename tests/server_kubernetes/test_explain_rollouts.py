"""What a rollout changed, whether its pods fail, and whether there is a revision that served before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server_kubernetes.reading_lab import (
    IMAGE,
    Obj,
    ago,
    asked,
    codes,
    deployment,
    event,
    fact,
    made,
    owned,
    pod,
    replica_set,
    template,
    terminated,
    waiting,
)

pytestmark = pytest.mark.anyio
CRASH = waiting("CrashLoopBackOff", "back-off 1m20s")
STUCK = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastTransitionTime": ago(60)}


def crashing(name: str = "web-new22-xcvbn", seconds: float = 600) -> Obj:
    return pod(name, CRASH, terminated(1), restarts=4, seconds=seconds)


async def test_a_bad_rollout_tells_its_changes_its_failing_pods_and_what_serves_still(tmp_path: Path) -> None:
    old = template("1", env=[{"name": "DB_HOST", "value": "db"}, {"name": "DB_PASSWORD", "value": "hunter2hunter2"}])
    new = template(
        "2", env=[{"name": "DB_HOST", "value": "dbx"}, {"name": "DB_PASSWORD", "value": "changeme123"}], args=["--fast"]
    )
    async with asked(
        tmp_path,
        deployment(2, 7, new, conditions=[STUCK]),
        replica_set("old11", 6, 90_000, old),
        replica_set("new22", 7, 600, new),
        pod("web-old11-bcdfg", seconds=90_000),
        pod("web-old11-hjklm", seconds=90_000),
        crashing(),
    ) as ask:
        answer = await ask.explain()
    started = fact(answer, "rollout.started")
    assert (started["revision"], started["revision_before"], started["at"]) == (7, 6, ago(600))
    assert f"image of web: {IMAGE.format('1')} -> {IMAGE.format('2')}" in started["changes"]
    assert "env DB_HOST of web: db -> dbx" in started["changes"]
    assert 'args of web: none -> ["--fast"]' in started["changes"]
    assert "hunter2" not in str(answer) and "changeme" not in str(answer)
    failing = fact(answer, "rollout.newest_failing")
    assert (failing["revision"], failing["failing"], failing["of"]) == (7, 1, 1)
    back = fact(answer, "rollout.earlier_revision")
    assert (back["revision"], back["image"], back["ready"]) == (6, IMAGE.format("1"), 2)
    assert fact(answer, "rollout.earlier_healthy")["revision"] == 6
    assert fact(answer, "rollout.stuck")["reason"] == "ProgressDeadlineExceeded"
    assert (fact(answer, "workload.available")["ready"]) == 2


async def test_an_earlier_revision_without_pods_was_healthy_when_the_workload_was_available_until_the_rollout(
    tmp_path: Path,
) -> None:
    available = {"type": "Available", "status": "False", "lastTransitionTime": ago(595)}
    sets = [replica_set("old11", 1, 90_000), replica_set("new22", 2, 600, template("2"))]
    async with asked(tmp_path, deployment(0, 2, template("2"), conditions=[available]), *sets, crashing()) as ask:
        assert fact(await ask.explain(), "rollout.earlier_healthy")["revision"] == 1


async def test_an_earlier_revision_of_which_nothing_shows_that_it_served_is_not_called_healthy(tmp_path: Path) -> None:
    never = {"type": "Available", "status": "False", "lastTransitionTime": ago(90_000)}
    sets = [replica_set("old11", 1, 90_000), replica_set("new22", 2, 600, template("2"))]
    async with asked(tmp_path, deployment(0, 2, template("2"), conditions=[never]), *sets, crashing()) as ask:
        answer = await ask.explain()
    assert "rollout.earlier_healthy" not in codes(answer)
    assert fact(answer, "rollout.earlier_revision")["ready"] == 0


async def test_a_crash_long_after_the_rollout_is_not_the_rollouts(tmp_path: Path) -> None:
    new = template("2")
    late = crashing(seconds=80_000)
    began = event(late, "BackOff", "Back-off restarting", first=300, count=8, container="web")
    sets = [replica_set("old11", 1, 90_000), replica_set("new22", 2, 80_000, new)]
    async with asked(tmp_path, deployment(0, 2, new), *sets, late, began) as ask:
        answer = await ask.explain()
    assert "container.crash_looping" in codes(answer)
    assert "rollout.newest_failing" not in codes(answer)


async def test_an_undo_dates_from_when_its_old_replica_set_was_scaled_up_again(tmp_path: Path) -> None:
    workload = deployment(2, 3)
    scale_up = event(
        workload, "ScalingReplicaSet", "Scaled up replica set web-old11 from 0 to 2", last=120, kind="Normal"
    )
    sets = [replica_set("old11", 3, 90_000), replica_set("bad22", 2, 600, template("2"))]
    async with asked(tmp_path, workload, *sets, pod("web-old11-bcdfg", seconds=120), scale_up) as ask:
        started = fact(await ask.explain(), "rollout.started")
    assert (started["revision"], started["revision_before"], started["at"]) == (3, 2, ago(120))


async def test_a_restart_is_told_as_one_and_leaves_nothing_to_return_to(tmp_path: Path) -> None:
    again = template()
    again["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": ago(300)}
    sets = [replica_set("old11", 1, 90_000), replica_set("new22", 2, 300, again)]
    async with asked(tmp_path, deployment(2, 2, again), *sets, pod("web-new22-bcdfg", seconds=300)) as ask:
        answer = await ask.explain()
    assert fact(answer, "rollout.started")["changes"] == ["restart"]
    assert "rollout.earlier_revision" not in codes(answer)


async def test_replica_sets_without_numbers_are_put_in_no_order(tmp_path: Path) -> None:
    sets = [replica_set("old11", 0, 3600), replica_set("new22", 0, 3600, template("2"))]
    async with asked(tmp_path, deployment(0), *sets, crashing()) as ask:
        assert not {c for c in codes(await ask.explain()) if c.startswith("rollout.")}


async def test_a_stateful_set_has_its_revisions_too(tmp_path: Path) -> None:
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template("2")}
    revisions = [
        made(
            "ControllerRevision", f"web-{tag}", seconds, meta={"ownerReferences": owned("StatefulSet", "web")},
            revision=number, data={"spec": {"template": {**template(image), "$patch": "replace"}}},
        )
        for tag, seconds, number, image in (("aaa", 90_000, 1, "1"), ("bbb", 900, 2, "2"))
    ]  # fmt: skip
    pods = []
    for name, tag, state in (("web-0", "aaa", None), ("web-1", "bbb", CRASH)):
        one = pod(name, state, terminated(1), owner=owned("StatefulSet", "web"), seconds=900)
        one["metadata"]["labels"]["controller-revision-hash"] = f"web-{tag}"
        pods.append(one)
    sts = made("StatefulSet", "web", spec=spec, status={"readyReplicas": 1})
    async with asked(tmp_path, sts, *revisions, *pods) as ask:
        answer = await ask.explain()
    assert fact(answer, "rollout.newest_failing")["revision"] == 2
    assert fact(answer, "rollout.earlier_healthy")["revision"] == 1
    assert "are ready after" in fact(answer, "rollout.stuck")["reason"]


async def test_the_history_tells_each_revisions_changes(tmp_path: Path) -> None:
    new = template("1", resources={"limits": {"memory": "32Mi"}})
    sets = [replica_set("old11", 1, 90_000), replica_set("new22", 2, 600, new)]
    async with asked(tmp_path, deployment(2, 2, new), *sets, pod("web-new22-bcdfg", seconds=600)) as ask:
        answer = await ask("kubectl_rollout_history", namespace="shop", name="web")
    newest, first = answer["data"]["revisions"]
    assert (newest["revision"], newest["changes"], newest["ready"]) == (2, ["memory limit of web: none -> 32Mi"], 1)
    assert (first["revision"], first["changes"]) == (1, [])
