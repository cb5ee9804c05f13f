"""Answers to requests by their idempotency key; each is forgotten by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sre_agent.aws_services.definitions import EXPIRY
from sre_agent.store.dynamodb.attributes import Item, pack, unpack
from sre_agent.store.dynamodb.items import first_of
from sre_agent.store.dynamodb.parts import BODY, Part, in_a_thread

KEPT_FOR: Final = timedelta(days=30)


class ReplyItems(Part):
    @in_a_thread
    def reply(self, key: str) -> str | None:
        item = self.items.get(f"reply#{key}", BODY)
        return None if item is None else unpack(item[BODY])

    @in_a_thread
    def keep_reply(self, key: str, body: str, at: datetime) -> None:
        expiry = int((at + KEPT_FOR).timestamp())
        item: Item = {"pk": f"reply#{key}", "sk": BODY, BODY: pack(body), EXPIRY: expiry}
        first_of(self.items, item)
