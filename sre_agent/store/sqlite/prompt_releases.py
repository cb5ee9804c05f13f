"""Which prompts were released when."""

from __future__ import annotations

from typing import Final

from sre_agent.database import Tables, in_its_thread
from sre_agent.domain.prompt_release import PromptRelease
from sre_agent.store.contract.bodies import read, sortable

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS prompt_release (id TEXT PRIMARY KEY, at TEXT NOT NULL, body TEXT NOT NULL);
"""


class PromptReleaseTables(Tables):
    @in_its_thread
    def keep_prompt_release(self, release: PromptRelease) -> None:
        self.db.execute(
            "INSERT INTO prompt_release (id, at, body) VALUES (?, ?, ?)",
            (release.id, sortable(release.at), release.model_dump_json()),
        )

    @in_its_thread
    def prompt_releases(self, *, limit: int = 50) -> list[PromptRelease]:
        rows = self.db.execute("SELECT body FROM prompt_release ORDER BY at DESC, rowid DESC LIMIT ?", (limit,))
        return [read(PromptRelease, row[0]) for row in rows]
