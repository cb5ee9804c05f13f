"""Whether the channels outside took what they were told in the last day."""

from __future__ import annotations

from collections import Counter
from typing import Final

from sre_agent.ops.check import OpsCheck, OpsFinding, OpsState
from sre_agent.ops.installation import InstallationView

MOST: Final = 500  # incidents whose notices are read
BAD: Final = 0.5  # of the notices of a channel: it is not a hiccup


async def look(installation: InstallationView) -> OpsFinding:
    since = installation.since(1)
    posts, failures, why = Counter[str](), Counter[str](), dict[str, str]()
    for incident in (await installation.incidents(since))[:MOST]:
        for post in await installation.store.channel_posts(incident.id):
            if post.at < since:
                continue
            posts[post.channel] += 1
            if post.error:
                failures[post.channel] += 1
                why[post.channel] = post.error
    faults: list[tuple[OpsState, str]] = [
        (
            "problem" if failures[name] / posts[name] > BAD else "warning",
            f"{name} did not accept {failures[name]} of {posts[name]} notices: {why[name]}",
        )
        for name in sorted(failures)
    ]
    total = sum(posts.values())
    return OpsFinding.worst(
        faults,
        f"Notices: {total}, all of them accepted." if total else "No notices were sent.",
        figures={"notices": total, "not_taken": sum(failures.values())},
        details=[f"{count} to {name}" for name, count in posts.most_common()],
        remedy="sre-agent notify test CHANNEL sends a message and says what is wrong.",
    )


CHECK: Final = OpsCheck("notice delivery", "daily", "notices of the last day", look)
