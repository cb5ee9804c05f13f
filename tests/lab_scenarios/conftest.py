"""One stage for all scenarios of a run: its servers and clients cost more than a world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab_scenarios.stage import Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All proofs of one scenario after each other: its past is lived through once then."""
    places = [place for place, item in enumerate(items) if item.path.name == "test_proofs.py"]
    proofs = sorted((items[place] for place in places), key=_scenario)
    for place, proof in zip(places, proofs, strict=True):
        items[place] = proof


def _scenario(proof: pytest.Item) -> str:
    assert isinstance(proof, pytest.Function)
    return str(proof.callspec.params["name"])


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    started = Stage(tmp_path_factory.mktemp("stage"))
    yield started
    started.close()
