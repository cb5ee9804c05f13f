from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worlds.running import Ground, ground


@pytest.fixture(scope="package")
def standing() -> Iterator[Ground]:
    with ground() as one:
        yield one
