"""Each way to start a server really starts it: the installed commands, and what the registry's manifests name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.packaging.declared import PROJECT, ROOT, SERVERS

pytestmark = pytest.mark.anyio

ADDRESS = {"prometheus": ["--url", "http://127.0.0.1:9"]}  # nothing is asked of it
KNOWN = {
    "kubernetes": "kubectl_get",
    "cloudwatch": "list_alarms",
    "prometheus": "prometheus_query",
    "ssm": "find_runbooks",
}
LAUNCHER = """\
import sys
from {module} import {function}
if __name__ == "__main__":
    sys.exit({function}())
"""


def install(name: str, folder: Path) -> str:
    """The command of that name, written as an installer does from what pyproject.toml declares."""
    module, _, function = PROJECT["scripts"][name].partition(":")
    script = folder / name
    script.write_text(LAUNCHER.format(module=module, function=function), encoding="utf-8")
    return str(script)


async def tools(arguments: list[str], folder: Path) -> set[str]:
    """The tools that a server lists to a client, which connects to it over its standard streams."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    process = StdioServerParameters(command=sys.executable, args=arguments, env=environment, cwd=str(folder))
    async with Client(stdio_client(process)) as client:
        return {tool.name for tool in (await client.list_tools()).tools}


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sre_agent", "--version"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("sre-agent ")


@pytest.mark.parametrize("server", SERVERS)
async def test_the_command_of_a_server_serves_its_tools_over_stdio(tmp_path: Path, server: str) -> None:
    script = install(f"sre-agent-mcp-{server}", tmp_path)
    assert KNOWN[server] in await tools([script, *ADDRESS.get(server, [])], tmp_path)


MANIFESTS = [  # one, and in the long run all: each names the command of a server, and those are all started above
    pytest.param(path.name, marks=[pytest.mark.long] if number else [])
    for number, path in enumerate(sorted(ROOT.glob("server*.json")))
]


@pytest.mark.parametrize("file", MANIFESTS)
async def test_a_server_starts_as_the_manifest_for_the_registry_says(tmp_path: Path, file: str) -> None:
    manifest = json.loads((ROOT / file).read_text(encoding="utf-8"))
    server = manifest["name"].partition("/")[2]
    words = [word for argument in manifest["packages"][0]["packageArguments"] for word in words_of(argument)]
    assert KNOWN[server] in await tools([install("sre-agent", tmp_path), *words], tmp_path)


def words_of(argument: dict[str, Any]) -> list[str]:
    """An argument of a manifest as a client fills it in: constants as they are, of the others only the required."""
    if argument["type"] == "positional":
        return [argument["value"]]
    return [argument["name"], "http://127.0.0.1:9"] if argument.get("isRequired") else []
