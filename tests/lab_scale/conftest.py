from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab_controllers.shop import Shop
from tests.lab_kubernetes.served_cluster import Front, Served


@pytest.fixture
def shop() -> Shop:
    return Shop(nodes=6)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    running = Front(tmp_path_factory.mktemp("home"))
    yield running
    running.close()


@pytest.fixture
def server(front: Front) -> Served:
    return front.cluster()
