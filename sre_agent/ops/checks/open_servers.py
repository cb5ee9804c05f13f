"""MCP servers elsewhere that answer whoever asks: each is asked once without a token."""

from __future__ import annotations

from typing import Final

import httpx

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

SECONDS: Final = 5.0
REFUSED: Final = (401, 403)
LIST: Final = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
HEADERS: Final = {"accept": "application/json, text/event-stream"}


async def look(installation: InstallationView) -> OpsFinding:
    settings = installation.settings.servers
    servers = {**settings.remote_servers, **{f"{name} (writes)": one for name, one in settings.remote_writers.items()}}
    faults: list[tuple[OpsState, str]] = []
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        for name, server in servers.items():
            try:
                answer = await client.post(server.url, json=LIST, headers=HEADERS)
            except httpx.HTTPError as problem:
                faults.append(("unseen", f"The server {name} could not be asked: {type(problem).__name__}."))
                continue
            if answer.status_code not in REFUSED:
                faults.append(("problem", f"The server {name} answers without a token ({answer.status_code})."))
    if not servers:
        return OpsFinding(state="ok", statement="No server is remote: they are started here, over stdio.")
    return OpsFinding.worst(
        faults,
        f"{len(servers)} remote servers refuse callers without a token.",
        figures={"servers": len(servers)},
        remedy="Start it with --token-file or SRE_AGENT_MCP_TOKEN, and let a NetworkPolicy admit the responder alone.",
    )


CHECK: Final = OpsCheck("open servers", "audit", "MCP servers elsewhere, asked without a token", look)
