"""The time line of a namespace: what changed, by whom, and what nobody can know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server_kubernetes.reading_lab import Obj, ago, asked, deployment, event, made, pod, replica_set, template

pytestmark = pytest.mark.anyio


def managed_object(kind: str, name: str, by: str, fields: Obj, seconds: float = 300) -> Obj:
    entry = {"manager": by, "operation": "Update", "time": ago(seconds), "fieldsType": "FieldsV1", "fieldsV1": fields}
    return made(kind, name, 7200, meta={"managedFields": [entry]}, data={"level": "very-private"})


def history() -> list[Obj]:
    return [
        deployment(revision=2, body=template("2")),
        replica_set("aaaaa", 1, 5000, template("1")),
        replica_set("bbbbb", 2, 600, template("2")),
        managed_object("ConfigMap", "settings", "kubectl-edit", {"f:data": {"f:level": {}}}),
    ]


async def test_rollouts_writes_and_scaling_stand_in_one_time_line_newest_first(tmp_path: Path) -> None:
    scale_up = event(deployment(), "ScalingReplicaSet", "Scaled up replica set web-bbbbb to 2", kind="Normal", last=500)
    async with asked(tmp_path, *history(), scale_up) as ask:
        answer = await ask("kubectl_changes", namespace="shop", since=ago(1000))
    line = [(x["subject"], x["what"], x["fields"]) for x in answer["data"]["changes"]]
    assert line == [
        ("ConfigMap/shop/settings", "written", ["data.level"]),
        ("Deployment/shop/web", "scaled", []),
        ("Deployment/shop/web", "rolled_out", [x for _, what, fields in line if what == "rolled_out" for x in fields]),
    ]
    assert "image of web" in line[2][2][0]


async def test_who_wrote_is_told_and_values_never_are(tmp_path: Path) -> None:
    async with asked(tmp_path, *history(), pod()) as ask:
        answer = await ask("kubectl_changes", namespace="shop")
    assert any(x["by"] == "kubectl-edit" for x in answer["data"]["changes"])
    assert "very-private" not in str(answer)


async def test_what_cannot_be_known_is_said(tmp_path: Path) -> None:
    async with asked(tmp_path, *history(), pod(), denied="roles") as ask:
        answer = await ask("kubectl_changes", namespace="shop")
    gaps = {c["looked_at"].partition(" ")[0]: c["state"] for c in answer["coverage"] if c["state"] != "complete"}
    assert gaps == {"metadata:roles": "denied", "history": "partial"}


async def test_a_long_time_line_goes_on_with_its_cursor(tmp_path: Path) -> None:
    many = [made("ConfigMap", f"settings-{x:02}", 100 + x) for x in range(70)]
    async with asked(tmp_path, *many, pod()) as ask:
        subjects: list[str] = []
        cursor = ""
        while not subjects or cursor:
            answer = await ask("kubectl_changes", namespace="shop", since=ago(1000), cursor=cursor)
            subjects += [x["subject"] for x in answer["data"]["changes"]]
            cursor = answer["data"]["cursor"]
    assert subjects == [f"ConfigMap/shop/settings-{x:02}" for x in range(70)]
