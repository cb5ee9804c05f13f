"""Each server driven by the MCP Inspector's command line, a client in another language by other people.

It checks every result against the tool's schema by itself. Where npx or the package cannot be had, the tests are
skipped and say so. They are of the long run: a start of Node.js costs more than the calls, and the normal run has the
same servers over stdio with the client of the Python SDK.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sre_agent.toolbox.address import ServerAddress
from tests.server_clients.calls import CALLS

INSPECTOR = "@modelcontextprotocol/inspector@0.15.0"
NPM = {
    "npm_config_prefer_offline": "true",
    "npm_config_fetch_retries": "0",
    "npm_config_fetch_timeout": "15000",
    "npm_config_update_notifier": "false",
}
PATIENCE = 90.0  # seconds, the first download included


@pytest.fixture(scope="session")
def inspector() -> str:
    """The path of the Inspector's command, as npm has unpacked it."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not on this machine: install Node.js to run the MCP Inspector")
    try:
        lookup = run([npx, "--yes", "-p", INSPECTOR, "-c", "command -v mcp-inspector"])
    except subprocess.TimeoutExpired:
        pytest.skip(f"{INSPECTOR} did not come within {PATIENCE:.0f} s")
    if lookup.returncode or not lookup.stdout.strip():
        pytest.skip(f"{INSPECTOR} cannot be had from npm: {lookup.stderr.strip()[-200:]}")
    return lookup.stdout.strip()


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env={**os.environ, **NPM}, capture_output=True, text=True, timeout=PATIENCE)


def inspect_server(inspector: str, config: Path, server: str, *method: str) -> dict[str, Any]:
    done = run([inspector, "--cli", "--config", str(config), "--server", server, *method])
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="session")
def config(addresses: Mapping[str, ServerAddress], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The servers as clients keep them in their configuration files."""
    path = tmp_path_factory.mktemp("inspector") / "mcp.json"
    servers = {
        name: {"command": one.command[0], "args": list(one.command[1:]), "env": one.environment}
        for name, one in addresses.items()
    }
    path.write_text(json.dumps({"mcpServers": servers}))
    return path


@pytest.mark.long
@pytest.mark.parametrize("server", CALLS)
def test_the_inspector_lists_the_tools_and_calls_one(inspector: str, config: Path, server: str) -> None:
    call = CALLS[server]
    tools = inspect_server(inspector, config, server, "--method", "tools/list")["tools"]
    assert call.tool in {tool["name"] for tool in tools}
    assert all(tool["inputSchema"]["type"] == "object" and tool["outputSchema"] for tool in tools)
    arguments = [part for name, value in call.arguments.items() for part in ("--tool-arg", f"{name}={value}")]
    result = inspect_server(inspector, config, server, "--method", "tools/call", "--tool-name", call.tool, *arguments)
    assert not result.get("isError"), result
    assert call.says in result["structuredContent"]["text"]
    assert result["structuredContent"]["coverage"] and result["structuredContent"]["as_of"]
