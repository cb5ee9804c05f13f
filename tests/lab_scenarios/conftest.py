"""One stage for all scenarios of a run: its servers and clients cost more than a world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab_scenarios.stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    opened = Stage(tmp_path_factory.mktemp("stage"))
    yield opened
    opened.close()
