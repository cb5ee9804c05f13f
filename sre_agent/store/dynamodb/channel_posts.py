"""What each channel was told of an incident, in the partition of the incident."""

from __future__ import annotations

import time

from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import ChannelPost
from sre_agent.store.dynamodb.attributes import Item, pack, update
from sre_agent.store.dynamodb.parts import Part, bodies, in_a_thread, of_incident

POST = "channel_post#"


class ChannelPostItems(Part):
    @in_a_thread
    def keep_channel_post(self, post: ChannelPost) -> None:
        change = "SET #body = :body, #since = if_not_exists(#since, :now)"
        values: Item = {"body": pack(post.model_dump_json()), "now": time.time_ns()}
        self.items.write(update(of_incident(post.incident), POST + post.channel, change, values=values))

    @in_a_thread
    def channel_posts(self, incident: IncidentId) -> list[ChannelPost]:
        posts = self.items.partition(of_incident(incident), POST)
        return bodies(ChannelPost, sorted(posts, key=lambda item: int(item["since"])))
