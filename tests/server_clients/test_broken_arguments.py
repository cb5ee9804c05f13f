"""Each tool of each server, in this process and over a lab, with broken arguments: an answer, or an error that teaches.

Nothing is written: the servers offer reading and what they preview.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from mcp import Client

from mcp_servers.contract.bounds import ERROR_CHARACTERS
from mcp_servers.contract.refusals import of_content
from sre_agent.cli.embedded import lab_settings
from sre_lab.process import LabProcess
from tests.labs import standing_lab
from tests.server_clients.every_server import every_server_of
from tests.server_clients.made_arguments import break_arguments
from tests.server_clients.test_foreign_clients import TEACHING

SEED = 20260305
FEW, MANY = 2, 60  # calls of each tool
# a server keeps its connections as long as its process, which here is the test's
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabProcess]:
    folder = tmp_path_factory.mktemp("arguments")
    with standing_lab("flash-sale", folder / "lab") as lab:
        lab_settings(lab, folder)  # the SDK's credentials
        yield lab


@pytest.mark.parametrize("place", range(4), ids=["kubernetes", "cloudwatch", "prometheus", "ssm"])
@pytest.mark.parametrize("rounds", [FEW, pytest.param(MANY, marks=[pytest.mark.long, pytest.mark.timeout(1_200)])])
def test_broken_arguments_end_in_an_answer_or_in_an_error_that_teaches(
    lab: LabProcess, place: int, rounds: int
) -> None:
    ends = asyncio.run(_call_all(lab, place, rounds))
    print(f"seed {SEED}: {sum(ends.values())} calls, {dict(ends)}")
    assert ends["refused"]


async def _call_all(lab: LabProcess, place: int, rounds: int) -> Counter[str]:
    at, rng, ends = lab.endpoints, random.Random(f"{SEED} {place}"), Counter[str]()
    server = list(every_server_of(str(at.kubeconfig), at.aws, at.prometheus, writes=False))[place]
    async with Client(server.mcp) as client:
        for tool in (await client.list_tools()).tools:
            for _ in range(rounds):
                arguments = break_arguments(tool.input_schema, rng)
                call = f"{tool.name} {str(arguments)[:300]}"
                result = await asyncio.wait_for(client.call_tool(tool.name, arguments), 120)
                if not result.is_error:
                    assert result.structured_content, call
                    ends["answered"] += 1
                    continue
                text = getattr(result.content[0], "text", "")
                assert TEACHING.match(text) and len(text) <= ERROR_CHARACTERS, (call, text)
                assert not re.search(r"Traceback|File \"|0x[0-9a-f]{8}", text), (call, text)
                assert of_content(result.structured_content), (call, text)
                ends["refused"] += 1
    return ends
