"""A fresh cluster for each test, behind one server for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab_kubernetes.served_cluster import Front, Served


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    running = Front(tmp_path_factory.mktemp("home"))
    yield running
    running.close()


@pytest.fixture
def server(front: Front) -> Served:
    return front.cluster()
