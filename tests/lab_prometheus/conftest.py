from __future__ import annotations

from collections.abc import Iterator

import pytest

from sre_lab.scenario import ClusterSpec
from sre_lab.world import new_world
from tests.lab_prometheus.samples import Store
from tests.lab_telemetry.conftest import START, Lab, shop

__all__ = ["shop"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A Prometheus on loopback, for all tests of a module."""
    lab = Lab(new_world(ClusterSpec(), START, 1))
    yield lab
    lab.close()


@pytest.fixture
def store(lab: Lab) -> Store:
    """The same Prometheus without a sample."""
    return Store(lab)
