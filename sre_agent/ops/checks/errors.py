"""Which calls of tools and models of the last day brought nothing, by kind."""

from __future__ import annotations

from collections import Counter
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

ANSWERS: Final = ("", "not_found", "bad_request", "refused")  # the tool works, and said so
FINE: Final = ("answered", "held", "interrupted")
SHARE, ENOUGH = 0.2, 5  # as the alert SreAgentToolCallsFail; fewer calls make no rate


async def look(installation: InstallationView) -> OpsFinding:
    since = installation.since(1)
    calls, failures, kinds = Counter[str](), Counter[str](), Counter[str]()
    async for event in installation.events(since):
        if event.kind != "call.ended":
            continue
        calls[event.name] += 1
        kind = str(event.data.get("error_kind", ""))
        if kind not in ANSWERS:
            failures[event.name] += 1
            kinds[kind] += 1
    for call in await installation.store.model_calls(since=since):
        calls[call.model] += 1
        if call.outcome not in FINE:
            failures[call.model] += 1
            kinds[f"model_{call.outcome}"] += 1
    faults: list[tuple[OpsState, str]] = [
        ("warning", f"{failures[name]} of {calls[name]} calls to {name} failed.")
        for name in sorted(failures)
        if failures[name] / calls[name] > SHARE and calls[name] >= ENOUGH
    ]
    return OpsFinding.worst(
        faults,
        f"{sum(failures.values())} of {sum(calls.values())} calls to tools and models failed.",
        figures={"calls": sum(calls.values()), **{f"failed_{kind}": count for kind, count in sorted(kinds.items())}},
        details=[f"{count} x {kind}" for kind, count in kinds.most_common()],
        remedy="sre-agent doctor tells a missing permission from a service that is down.",
    )


CHECK: Final = OpsCheck("errors", "daily", "calls of tools and models in the record of the last day", look)
