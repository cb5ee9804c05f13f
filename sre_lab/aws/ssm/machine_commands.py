"""What a shell command does to a machine of the cluster: one that clears the journal frees its disk.

moto records the command and its invocations; nothing else of a command has an effect here.
"""

from __future__ import annotations

import re
from typing import Any, Final

from sre_lab.behaviour.nodes import change_facts, instance_id
from sre_lab.kubernetes.quantities import parse
from sre_lab.scenario.cluster import NodeSpec
from sre_lab.world import World

SHELL: Final = "AWS-RunShellScript"
CLEARS_JOURNAL: Final = re.compile(r"^journalctl --vacuum-\w+=", re.M)
LEFT: Final = 200 * 1024**2  # bytes of the journal that are kept


def carry_out(world: World, params: dict[str, Any]) -> None:
    """On each machine that the command names and whose agent runs."""
    commands = "\n".join(map(str, (params.get("Parameters") or {}).get("commands") or []))
    if params.get("DocumentName") != SHELL or not CLEARS_JOURNAL.search(commands):
        return
    for machine in world.cluster.machines:
        facts, id_ = world.cluster.facts(machine), instance_id(world.cluster, machine)
        if id_ and id_ in (params.get("InstanceIds") or []) and facts.ssm_agent == "up":
            surplus = max(0, int(parse(facts.journal)) - LEFT)
            left = int(parse(facts.disk_used)) - surplus
            change_facts(
                world, machine, NodeSpec(disk_used=str(left), journal=str(int(parse(facts.journal)) - surplus))
            )
