"""Whether each cluster and each account of the table can be asked, looked at now and then though nothing happens there.

An incident would be the first to find out otherwise. A look starts a server, asks its cheapest question and ends it
again, so that clusters in which nothing happens cost no processes.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sre_agent.cli.checkup_calls import answer, reader
from sre_agent.cluster_choice import each
from sre_agent.http.dependencies import DependencyKind, DependencyState, DependencyView
from sre_agent.preflight import VerbOptions, aws
from sre_agent.settings import Settings

EVERY_SECONDS: Final = 300.0  # between two looks
LOOK_SECONDS: Final = 60.0  # for which one is waited
AT_ONCE: Final = 3  # servers that start at a time
QUESTIONS: Final[tuple[tuple[DependencyKind, str, str, dict[str, Any]], ...]] = (
    ("cluster", "kubernetes", "kubectl_can_i", {"verb": "list", "resource": "pods"}),
    ("account", "cloudwatch", "list_alarms", {}),
)


class ClusterLooks:
    """`rows` is safe from any thread, and waits for nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = each(settings)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._rows = {
            (kind, name): DependencyView(kind=kind, name=name, state="not_asked")
            for name in self._settings
            for kind, *_ in QUESTIONS
        }

    def rows(self) -> list[DependencyView]:
        """One for each cluster and one for its account, as the last look found them; none without a table."""
        return list(self._rows.values())

    async def run(self) -> None:
        """Look for as long as the process works."""
        while self._rows:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Once at each of them, a few at a time."""
        async with asyncio.TaskGroup() as group:
            for name in self._settings:
                for question in QUESTIONS:
                    group.create_task(self._ask(name, *question))

    async def _ask(self, name: str, kind: DependencyKind, server: str, tool: str, arguments: dict[str, Any]) -> None:
        settings = self._settings[name]
        state, why = await self._state(settings, server, tool, arguments)
        self._rows[kind, name] = DependencyView(kind=kind, name=name, state=state, why=why)

    async def _state(
        self, settings: Settings, server: str, tool: str, arguments: dict[str, Any]
    ) -> tuple[DependencyState, str]:
        is_here = server not in settings.servers.remote_servers and server not in settings.servers.foreign_servers
        if server == "cloudwatch" and is_here and (wrong := aws.problems(settings.aws, VerbOptions())):
            return "left_out", " ".join(wrong)
        try:
            async with self._slots, asyncio.timeout(LOOK_SECONDS), reader(settings, server) as session:
                result = await answer(session, tool, arguments)
        except TimeoutError:
            return "failing", f"It did not answer within {LOOK_SECONDS:.0f} s."
        return ("failing", result.error) if result.refusal is not None else ("ok", "")
