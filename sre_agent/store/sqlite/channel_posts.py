"""What channels were told of incidents."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.base import IncidentId
from sre_agent.domain.notice import ChannelPost
from sre_agent.store.contract.bodies import read

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS channel_post (
  incident TEXT NOT NULL, channel TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (incident, channel)
);
"""


class ChannelPostTables(Tables):
    @in_its_thread
    def keep_channel_post(self, post: ChannelPost) -> None:
        self.db.execute(
            """INSERT INTO channel_post (incident, channel, body) VALUES (?, ?, ?)
               ON CONFLICT (incident, channel) DO UPDATE SET body = excluded.body""",
            (post.incident, post.channel, post.model_dump_json()),
        )

    @in_its_thread
    def channel_posts(self, incident: IncidentId) -> list[ChannelPost]:
        rows = self.db.execute("SELECT body FROM channel_post WHERE incident = ? ORDER BY rowid", (incident,))
        return [read(ChannelPost, row[0]) for row in rows]
