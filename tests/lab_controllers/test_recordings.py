from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from sre_lab.recording import RecordingError, load

from .recorded import CRASH_LOOP, NOW, deployment, open_world, pod, termination


def test_times_move_to_the_present_in_objects_and_log_lines() -> None:
    log = {"namespace": "shop", "pod": "api-1a2b3c-xyz", "text": "2024-05-01T11:59:00.250Z INFO up\nno time here\n"}
    world = open_world(pod({"running": {}}), k8s={"logs": [log]})
    result = world.objects.get("Pod", "shop", "api-1a2b3c-xyz")
    assert result is not None
    assert result["metadata"]["creationTimestamp"] == "2027-01-15T07:30:00Z"
    run = world.containers.run("shop", "api-1a2b3c-xyz", "api")
    assert run is not None
    assert run.lines[0] == (NOW - 60 + 0.25, "2027-01-15T07:59:00.250Z INFO up")
    assert run.lines[1][1] == "no time here"
    assert run.lines[1][0] > run.lines[0][0]


def test_nothing_moves_until_somebody_writes() -> None:
    faulty = pod(CRASH_LOOP, last=termination(1), restarts=5)
    world = open_world(faulty, deployment(faulty))
    before = world.objects.get("Pod", "shop", "api-1a2b3c-xyz"), world.objects.get("Deployment", "shop", "api")
    world.clock.advance(3600)
    assert (
        world.objects.get("Pod", "shop", "api-1a2b3c-xyz"),
        world.objects.get("Deployment", "shop", "api"),
    ) == before
    assert world.objects.all("ReplicaSet") == []
    assert ("Deployment", "shop", "api") in world.frozen


def test_a_note_on_a_workload_does_not_thaw_it() -> None:
    faulty = pod(CRASH_LOOP, last=termination(1), restarts=5)
    world = open_world(faulty, deployment(faulty))
    world.objects.edit("Deployment", "shop", "api", lambda d: d["metadata"].update(annotations={"seen-by": "me"}))
    world.clock.advance(60)
    assert ("Deployment", "shop", "api") in world.frozen


def test_metrics_log_groups_and_refusals_are_there() -> None:
    metric: dict[str, Any] = {
        "namespace": "AWS/RDS",
        "name": "ReplicaLag",
        "dimensions": [{"Name": "Db", "Value": "a"}],
    }
    metric |= {"unit": "Seconds", "points": [["2024-05-01T11:59:00Z", 740.0]]}
    group = {"name": "/app", "events": [{"timestamp": "2024-05-01T11:58:00Z", "message": "lost", "stream": "s"}]}
    denied = {"verb": "list", "resource": "secrets", "scope": "shop", "message": "secrets is forbidden"}
    samples = {"query": "up", "result": [{"metric": {"__name__": "up", "job": "api"}, "values": [[1714564740, "0"]]}]}
    world = open_world(
        k8s={"deny": [denied]}, cloudwatch={"metrics": [metric], "log_groups": [group]}, prometheus=samples
    )
    series = world.metrics.get("AWS/RDS", "ReplicaLag", {"Db": "a"})
    assert series is not None
    assert (series.times, series.values, series.unit) == ([NOW - 60], [740.0], "Seconds")
    (event,) = world.logs.between("/app", NOW - 300, NOW)
    assert (event.at, event.message, event.stream) == (NOW - 120, "lost", "s")
    assert world.refusals[0].message == "secrets is forbidden"
    up = world.metrics.get("prometheus", "up", {"job": "api"})
    assert up is not None
    assert (up.times, up.values) == ([NOW - 60], [0.0])


def test_a_log_file_of_another_year_is_brought_to_the_present_in_order(tmp_path: Path) -> None:
    lines = "\n".join(f"2019-03-01 10:00:0{i} line {i}" for i in range(3))
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(lines.encode()))
    world = open_world(
        folder=tmp_path, cloudwatch={"log_groups": [{"name": "/app", "file": "app.log.gz", "stream": "s"}]}
    )
    events = world.logs.between("/app", NOW - 10, NOW)
    assert [e.message for e in events] == [f"2027-01-15 07:59:5{8 + i} line {i}" for i in range(2)] + [
        "2027-01-15 08:00:00 line 2"
    ]


def test_lines_without_any_time_are_all_kept_up_to_now(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("one\ntwo\nthree\n")
    world = open_world(folder=tmp_path, cloudwatch={"log_groups": [{"name": "/app", "file": "app.log"}]})
    assert [e.message for e in world.logs.between("/app", NOW - 60, NOW)] == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"schema": "other/9"}, "expected 'sre-world/1'"),
        ({"schema": "sre-world/1", "clock": "yesterday"}, "not an RFC 3339 time"),
        (
            {"schema": "sre-world/1", "clock": "2024-05-01T12:00:00Z", "k8s": {"objects": [{"kind": "Pod"}]}},
            "its name",
        ),
        (
            {
                "schema": "sre-world/1",
                "clock": "2024-05-01T12:00:00Z",
                "cloudwatch": {"log_groups": [{"name": "/a", "file": "gone.log"}]},
            },
            "'gone.log'",
        ),
    ],
)
def test_what_is_no_recorded_world_is_refused_with_the_reason(document: dict[str, object], problem: str) -> None:
    with pytest.raises(RecordingError, match=problem):
        load(document, Path.cwd(), now=NOW)
