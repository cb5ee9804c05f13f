"""IAM permissions of the reader that no run of the last month needed, by the servers that were asked in the record."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding
from sre_agent.ops.installation import InstallationView
from sre_agent.ops.shipped_policies import ROLES, shipped_document

DAYS: Final = 30
ENOUGH: Final = 14
SERVICES: Final = {  # of AWS, that each server asks
    "cloudwatch": ("cloudwatch", "logs", "xray", "rds", "lambda", "sqs", "dynamodb"),
    "ssm": ("ssm", "ec2"),
    "prometheus": ("aps",),
    "kubernetes": ("eks",),
}


async def look(installation: InstallationView) -> OpsFinding:
    since = await installation.record_begins(installation.since(DAYS))
    days = (installation.clock.now() - since).days
    if days < ENOUGH:
        return OpsFinding(state="ok", statement=f"The record has {days} days: too few to call anything unused.")
    calls: Counter[str] = Counter()
    async for event in installation.events(since):
        if event.kind == "call.ended":
            calls[str(event.data.get("server", ""))] += 1
    actions = _reader_actions()
    idle = {server: [one for one in actions if one.partition(":")[0] in of] for server, of in SERVICES.items()}
    superfluous = [f"{server}: {', '.join(rights)}" for server, rights in idle.items() if rights and not calls[server]]
    figures = {f"calls_{server}": calls[server] for server in SERVICES}
    if not superfluous:
        statement = f"Every server was asked in {days} days; the reader needs what it may."
        return OpsFinding(state="ok", statement=statement, figures=figures)
    return OpsFinding(
        state="warning",
        statement=f"No run of {days} days asked {len(superfluous)} servers whose permissions the reader has.",
        details=superfluous,
        figures=figures,
        remedy="Where a server is not needed, leave it out (left_out) and take its permissions from the reader.",
    )


def _reader_actions() -> list[str]:
    document = json.loads(shipped_document(ROLES["reader"]["read"]))
    return [action for one in document["Statement"] if one["Effect"] == "Allow" for action in one["Action"]]


CHECK: Final = OpsCheck("unused permissions", "monthly", "calls in the record against the reader's policy", look)
