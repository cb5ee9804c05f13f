"""What the containers of a pod have written, as kubectl prints it: recorded, and asked of the lab."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.fidelity.client import Client

Obj = dict[str, Any]
Lines = list[str]
Logs = dict[tuple[str, str], Lines]  # lines by pod and `all` (every container, this run) or `previous`
COMMAND = re.compile(r"\$ kubectl -n \S+ logs pod/(\S+) --(previous|all)")
ASIDE = "Defaulted container"  # a word to the human before the log
CUT, KEPT_CHARACTERS = "<cut>", 2990  # the recorder kept the last 3000 characters
LOST = "unable to retrieve container logs"  # the runtime had just removed that container


def recorded(path: Path) -> Logs:
    """The logs of pods among the printed commands of a snapshot; those that the runtime could not give are left out.

    A log of which only the end was kept begins with the line `<cut>`.
    """
    logs: Logs = {}
    for section in re.split(r"^(?=\$ )", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        title, *lines = section.rstrip("\n").split("\n")
        command = COMMAND.match(title)
        if command and LOST not in section:
            program_lines = [line for line in lines if line and not line.startswith(ASIDE)]
            logs[(command[1], command[2])] = (
                [CUT, *program_lines[1:]] if sum(map(len, lines)) + len(lines) > KEPT_CHARACTERS else program_lines
            )
    return logs


async def of_pod(client: Client, pod: Obj) -> Logs:
    spec, name = pod["spec"], pod["metadata"]["name"]
    containers = [c["name"] for c in [*(spec.get("initContainers") or []), *spec["containers"]]]
    lines = [line for one in containers for line in await client.log(name, container=one)]
    before = await client.log(name, container=spec["containers"][0]["name"], previous="true")
    return {(name, "all"): lines, (name, "previous"): before}
