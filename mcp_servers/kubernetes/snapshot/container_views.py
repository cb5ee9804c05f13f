"""One container as its pod's status and events show it: what the extractors of containers and probes look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import both_ends
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.objects import Obj

_FIELD: Final = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class ContainerView:
    """One container as the pod's status and events show it."""

    subject: Subject
    pod: Obj
    container: Obj
    status: Obj  # its containerStatus
    events: Sequence[Obj]  # of this container alone
    now: datetime

    @property
    def name(self) -> str:
        return str(self.status.get("name") or self.container.get("name", ""))

    @property
    def waiting(self) -> Obj:
        return (self.status.get("state") or {}).get("waiting") or {}

    @property
    def running(self) -> Obj | None:
        running = (self.status.get("state") or {}).get("running")
        return running if running is not None else None

    @property
    def last_ended(self) -> Obj:
        """The newest run that ended; empty when none did."""
        for field in ("state", "lastState"):
            if run := (self.status.get(field) or {}).get("terminated"):
                return dict(run)
        return {}

    @property
    def restarts(self) -> int:
        return int(self.status.get("restartCount") or 0)

    @property
    def restarts_itself(self) -> bool:
        return bool(o.spec(self.pod).get("restartPolicy", "Always") != "Never")

    def observed(self, code: str, at: datetime | None, text: str = "", **attributes: Any) -> Observation:
        return Observation(
            code=code,
            subject=self.subject,
            at=at,
            attributes={"container": self.name, **attributes},
            excerpt=both_ends(text),
        )

    def began(self, *reasons: str) -> datetime | None:
        """When the first event of one of these reasons was seen."""
        return min((t for e in self.events if e.get("reason") in reasons and (t := o.first_seen(e))), default=None)


def looks(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> list[ContainerView]:
    by_name = {c.get("name"): c for _, c in o.containers(pod)}
    statuses = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    return [
        ContainerView(subject, pod, by_name.get(s.get("name"), {}), s, _own(events, s.get("name", ""), by_name), now)
        for s in statuses
    ]


def _own(events: Sequence[Obj], name: str, by_name: dict[str | None, Obj]) -> list[Obj]:
    """Events of one container, by the field path; one without a path belongs to a pod's only container, or to the only
    one with the image that it names."""
    image = str(by_name.get(name, {}).get("image") or "")
    alone = sum(c.get("image") == image for c in by_name.values()) == 1 and bool(image)
    own_events = []
    for event in events:
        path = _FIELD.search((event.get("involvedObject") or event.get("regarding") or {}).get("fieldPath") or "")
        is_own = len(by_name) == 1 or (alone and f'"{image}"' in str(event.get("message", "")))
        if path[1] == name if path else is_own:
            own_events.append(event)
    return own_events


def lasted(run: Obj) -> timedelta | None:
    """How long a run lasted that ended."""
    started, finished = o.instant(run.get("startedAt")), o.instant(run.get("finishedAt"))
    return finished - started if started and finished else None
