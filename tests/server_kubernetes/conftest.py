"""A shop on a cluster that lives, for what writes to it: one front for a file of tests, a new shop for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_kubernetes.live_shop import Front, LiveShop, front, shop_world


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp("front")) as running:
        yield running


@pytest.fixture
def shop(server: Front, tmp_path: Path) -> LiveShop:
    return LiveShop(server, tmp_path, shop_world())
