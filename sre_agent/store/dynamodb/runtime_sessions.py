"""Sessions of AgentCore Runtime that this service was."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.runtime_session import RuntimeSession
from sre_agent.store.contract.bodies import read, sortable
from sre_agent.store.dynamodb.attributes import ABSENT, Item, pack, put, unpack
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread

SESSIONS: Final = "runtime_session"


class RuntimeSessionItems(Part):
    @in_a_thread
    def use_runtime_session(self, use: RuntimeSession) -> RuntimeSession:
        def attempt() -> RuntimeSession:
            row = self.items.get(_partition(use.id), BODY)
            if row is None:
                self._save(use, None)
                return use
            before = read(RuntimeSession, unpack(row[BODY]))
            fields = {"state", "why"} if before.state == "stopping" else set()
            changed = use.model_copy(update={"started_at": before.started_at, **before.model_dump(include=fields)})
            self._save(changed, row)
            return changed

        return self.items.again(attempt)

    @in_a_thread
    def stop_runtime_session(self, session: str, why: str) -> bool:
        def attempt() -> bool:
            row = self.items.get(_partition(session), BODY)
            if row is not None:
                before = read(RuntimeSession, unpack(row[BODY]))
                self._save(before.model_copy(update={"state": "stopping", "why": why}), row)
            return row is not None

        return self.items.again(attempt)

    @in_a_thread
    def runtime_sessions(self, *, limit: int = 50) -> list[RuntimeSession]:
        return bodies(RuntimeSession, self.items.in_list(SESSIONS, newest_first=True, most=limit))

    def _save(self, session: RuntimeSession, row: Item | None) -> None:
        version = 0 if row is None else int(row["version"])
        place = f"{sortable(session.last_at)}#{session.id}"
        own: Item = {"pk": _partition(session.id), "sk": BODY, "version": version + 1, "list": SESSIONS, "place": place}
        item: Item = {**own, BODY: pack(session.model_dump_json())}
        if row is None:
            self.items.write(put(item, ABSENT))
        else:
            self.items.write(put(item, "#version = :version", values={"version": version}))


def _partition(session: str) -> str:
    return f"runtime_session#{session}"
