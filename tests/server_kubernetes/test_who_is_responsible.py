"""Whom a workload names as responsible for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server_kubernetes.reading_lab import asked, deployment

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("labels", "annotations", "owner"),
    [
        ({"team": "cart"}, {}, "cart"),
        ({"app.kubernetes.io/part-of": "shop"}, {}, "shop"),
        ({"app.kubernetes.io/part-of": "shop"}, {"example.com/owner": "ada"}, "ada"),
        ({"app": "web"}, {"team": ""}, ""),
    ],
)
async def test_the_owner_of_a_workload_is_who_its_labels_or_annotations_name(
    labels: dict[str, str], annotations: dict[str, str], owner: str, tmp_path: Path
) -> None:
    web = deployment(2)
    web["metadata"]["labels"] = {**web["metadata"].get("labels", {}), **labels}
    web["metadata"]["annotations"] = {**web["metadata"].get("annotations", {}), **annotations}
    async with asked(tmp_path, web) as ask:
        answer = await ask.explain()
    assert answer["data"]["workloads"][0]["owner"] == owner
