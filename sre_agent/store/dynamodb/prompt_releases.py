"""Which prompts were released when."""

from __future__ import annotations

from typing import Final

from sre_agent.domain.prompt_release import PromptRelease
from sre_agent.store.contract.bodies import sortable
from sre_agent.store.dynamodb.attributes import pack, put
from sre_agent.store.dynamodb.parts import BODY, Part, bodies, in_a_thread

RELEASES: Final = "prompt_release"


class PromptReleaseItems(Part):
    @in_a_thread
    def keep_prompt_release(self, release: PromptRelease) -> None:
        place = f"{sortable(release.at)}#{release.id}"
        item = {"pk": f"prompts#{release.id}", "sk": BODY, BODY: pack(release.model_dump_json())}
        self.items.write(put({**item, "list": RELEASES, "place": place}))

    @in_a_thread
    def prompt_releases(self, *, limit: int = 50) -> list[PromptRelease]:
        return bodies(PromptRelease, self.items.in_list(RELEASES, newest_first=True, most=limit))
