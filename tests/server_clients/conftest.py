"""One lab for all clients, and the commands that start the four servers in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from sre_agent.cli.embedded import lab_settings
from sre_agent.server_addresses import readers
from sre_agent.toolbox.address import ServerAddress
from tests.labs import standing_lab


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, ServerAddress]]:
    """Command and environment of each server by name, as the product starts them."""
    folder = tmp_path_factory.mktemp("clients")
    with standing_lab("flash-sale", folder / "lab") as lab:
        yield readers(lab_settings(lab, folder))
