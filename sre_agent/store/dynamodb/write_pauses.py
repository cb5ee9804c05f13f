"""Whether all writes are paused, for every machine: one item."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.write_pause import WritePause
from sre_agent.store.dynamodb.attributes import Item, pack
from sre_agent.store.dynamodb.items import first_of
from sre_agent.store.dynamodb.parts import BODY, Part, body_of, in_a_thread

KEY: Final = ("writes", "pause")


class WritePauseItems(Part):
    @in_a_thread
    def pause_writes(self, pause: WritePause) -> WritePause:
        pk, sk = KEY
        item: Item = {"pk": pk, "sk": sk, BODY: pack(pause.model_dump_json())}
        return body_of(WritePause, first_of(self.items, item)) or pause

    @in_a_thread
    def unpause_writes(self) -> bool:
        was_there = self.items.get(*KEY) is not None
        self.items.remove([KEY])
        return was_there

    @in_a_thread
    def write_pause(self) -> WritePause | None:
        return body_of(WritePause, self.items.get(*KEY))
