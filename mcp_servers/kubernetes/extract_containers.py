"""What containers of a pod show: how their last run ended, why they wait, which probe fails. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.bounds import excerpt
from mcp_servers.contract.facts import Observation, Subject
from mcp_servers.kubernetes import objects as o
from mcp_servers.kubernetes.objects import Obj

IMAGE_REASONS: Final = frozenset(
    {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
    | {"RegistryUnavailable"}
)
START_REASONS: Final = frozenset(
    {"RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun", "PostStartHookError"}
)
LOOPING: Final = 3  # restarts from which a container that runs for a moment is still in its loop
BACK_OFF_MEMORY: Final = timedelta(minutes=10)  # the kubelet forgets crashes after as long without one
PROBE_MEMORY: Final = timedelta(minutes=10)
_WHY: Final = (
    (
        "unauthorized",
        re.compile(r"denied|unauthorized|authorization|authentication|forbidden|\b40[13]\b|credential", re.I),
    ),
    (
        "unreachable",
        re.compile(
            r"dial tcp|no such host|timeout|timed out|connection refused|no route|TLS|x509|server misbehaving", re.I
        ),
    ),
    (
        "not_found",
        re.compile(
            r"not found|NotFound|manifest unknown|does not exist|unknown: |invalid reference|InvalidImageName"
            r"|couldn't parse image|Never",
            re.I,
        ),
    ),
)
_MISSING: Final = re.compile(r"(configmap|secret) \"([^\"]+)\" not found", re.I)
_MISSING_KEY: Final = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[^\s/]+/)?([\w.-]+)", re.I)
_PROBE: Final = re.compile(r"^(Liveness|Readiness|Startup) probe (?:failed|errored)", re.I)
_FIELD: Final = re.compile(r"\{(.+)\}")
_KINDS: Final = {"configmap": "ConfigMap", "secret": "Secret"}


@dataclass(frozen=True)
class Look:
    """One container as the pod's status and events show it."""

    subject: Subject
    pod: Obj
    container: Obj
    told: Obj  # its containerStatus
    events: Sequence[Obj]  # of this container alone
    now: datetime

    @property
    def name(self) -> str:
        return str(self.told.get("name") or self.container.get("name", ""))

    @property
    def waiting(self) -> Obj:
        return (self.told.get("state") or {}).get("waiting") or {}

    @property
    def running(self) -> Obj | None:
        running = (self.told.get("state") or {}).get("running")
        return running if running is not None else None

    @property
    def ended(self) -> Obj:
        """The newest run that ended; empty when none did."""
        for field in ("state", "lastState"):
            if ended := (self.told.get(field) or {}).get("terminated"):
                return dict(ended)
        return {}

    @property
    def restarts(self) -> int:
        return int(self.told.get("restartCount") or 0)

    @property
    def restarts_itself(self) -> bool:
        return bool(o.spec(self.pod).get("restartPolicy", "Always") != "Never")

    def observed(self, code: str, at: datetime | None, text: str = "", **attributes: Any) -> Observation:
        return Observation(
            code=code,
            subject=self.subject,
            at=at,
            attributes={"container": self.name, **attributes},
            excerpt=excerpt(text),
        )

    def began(self, *reasons: str) -> datetime | None:
        """When the first event of one of these reasons was seen."""
        return min((t for e in self.events if e.get("reason") in reasons and (t := o.first_seen(e))), default=None)


def observe(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> list[Observation]:
    """All observations on the pod's containers, init containers first."""
    found: list[Observation] = []
    for look in looks(pod, subject, events, now):
        found += [*_ends(look), *_waits(look), *_probes(look)]
    return found


def looks(pod: Obj, subject: Subject, events: Sequence[Obj], now: datetime) -> list[Look]:
    declared = {c.get("name"): c for _, c in o.containers(pod)}
    told = [*(o.status(pod).get("initContainerStatuses") or []), *(o.status(pod).get("containerStatuses") or [])]
    single = len(declared) == 1
    return [
        Look(subject, pod, declared.get(s.get("name"), {}), s, _own(events, s.get("name", ""), single), now)
        for s in told
    ]


def _own(events: Sequence[Obj], name: str, single: bool) -> list[Obj]:
    """Events of one container, by the field path; one without a path belongs to a pod's only container."""
    found = []
    for event in events:
        path = _FIELD.search((event.get("involvedObject") or event.get("regarding") or {}).get("fieldPath") or "")
        if (path and path[1] == name) or (path is None and single):
            found.append(event)
    return found


def _ends(look: Look) -> list[Observation]:
    """How its last run ended, and whether that goes on."""
    ended = look.ended
    if not ended and not look.restarts and look.waiting.get("reason") != "CrashLoopBackOff":
        return []
    code, reason = int(ended.get("exitCode") or 0), str(ended.get("reason") or "")
    at = o.instant(ended.get("finishedAt"))
    text = ended.get("message") or ""
    found = []
    if reason == "OOMKilled":
        limit = str(((look.container.get("resources") or {}).get("limits") or {}).get("memory", ""))
        found.append(
            look.observed(
                "container.oom_killed", at, text, memory_limit=limit, restarts=look.restarts, exit_code=code or 137
            )
        )
    if code:
        attributes: dict[str, Any] = {"exit_code": code, "reason": reason or "Error"}
        if (ran := _ran(ended)) is not None:
            attributes["ran_seconds"] = int(ran.total_seconds())
        found.append(look.observed("container.ended_with_error", at, text, **attributes))
    if _is_looping(look):
        since = look.began("BackOff") or o.instant(ended.get("startedAt")) or at
        waiting = look.waiting.get("message") or text
        shown: dict[str, Any] = {"exit_code": code} if ended else {}
        found.append(
            look.observed(
                "container.crash_looping",
                since,
                waiting,
                restarts=look.restarts,
                **shown,
                reason=reason or str(look.waiting.get("reason") or "Error"),
            )
        )
    elif look.running is not None and look.restarts:
        when = at or o.instant(look.running.get("startedAt"))
        shown = {"exit_code": code, "reason": reason} if ended else {}
        found.append(look.observed("container.restarted", when, text, restarts=look.restarts, **shown))
    if reason in START_REASONS and look.waiting.get("reason") not in START_REASONS:
        found.append(look.observed("container.start_failed", at, text, reason=reason))
    return found


def _is_looping(look: Look) -> bool:
    """Waiting in back-off, ended after an earlier restart, or running only since a moment after several."""
    if look.waiting:
        return look.waiting.get("reason") == "CrashLoopBackOff" and not _held_up(look)
    if not look.restarts_itself or o.is_over(look.pod):
        return False
    ended = look.ended
    if look.running is None:
        return bool(ended) and look.restarts > 0 and int(ended.get("exitCode") or 0) != 0
    started, finished, ran = o.instant(look.running.get("startedAt")), o.instant(ended.get("finishedAt")), _ran(ended)
    if look.restarts < LOOPING or started is None or finished is None or ran is None or look.told.get("ready"):
        return False
    return look.now - finished < BACK_OFF_MEMORY and look.now - started < max(2 * ran, timedelta(seconds=30))


def _ran(ended: Obj) -> timedelta | None:
    started, finished = o.instant(ended.get("startedAt")), o.instant(ended.get("finishedAt"))
    return finished - started if started and finished else None


def _waits(look: Look) -> list[Observation]:
    """Why it does not start."""
    reason, text = str(look.waiting.get("reason") or ""), str(look.waiting.get("message") or "")
    if reason in IMAGE_REASONS:
        said = _pull_text(look, text)
        why = next((name for name, pattern in _WHY if pattern.search(_without_names(said, look) + reason)), "unknown")
        image = str(look.container.get("image") or look.told.get("image") or "")
        at = look.began("Failed", "InspectFailed", "ErrImageNeverPull") or o.created(look.pod)
        return [look.observed("container.image_pull_failed", at, said, image=image, why=why)]
    if reason == "CreateContainerConfigError" or _held_up(look):
        at = look.began("Failed") or o.created(look.pod)
        text = _held_up(look) or text or next((str(e.get("message", "")) for e in _failures(look)), "")
        if missing := _missing(text):
            return [look.observed("container.config_missing", at, text, **missing)]
        return [look.observed("container.start_failed", at, text, reason=reason)]
    if reason in START_REASONS:
        return [look.observed("container.start_failed", look.began("Failed"), text, reason=reason)]
    return []


def _held_up(look: Look) -> str:
    """What the kubelet says of its last try to start a container again, when configuration was missing: between the
    tries such a container shows nothing but back-off."""
    ended = o.instant(look.ended.get("finishedAt"))
    if look.waiting.get("reason") != "CrashLoopBackOff" or ended is None:
        return ""
    tries = [e for e in _failures(look) if (t := o.last_seen(e)) and t > ended]
    return next((text for e in tries if _missing(text := str(e.get("message", "")))), "")


def _failures(look: Look) -> list[Obj]:
    return [e for e in look.events if e.get("reason") == "Failed"]


def _pull_text(look: Look, waiting: str) -> str:
    """The text that names the cause: an event's, where the waiting message only says that it backs off."""
    told = [str(e.get("message", "")) for e in look.events if e.get("reason") in ("Failed", "InspectFailed")]
    texts = [waiting, *reversed([t for t in told if "pull" in t.lower() or "image" in t.lower()])]
    return max(texts, key=lambda t: (any(p.search(_without_names(t, look)) for _, p in _WHY), len(t)))


def _without_names(text: str, look: Look) -> str:
    """An image's own name says nothing about why it cannot be had."""
    return text.replace(str(look.container.get("image") or "\0"), "")


def _missing(text: str) -> dict[str, str]:
    if match := _MISSING_KEY.search(text):
        return {"missing_kind": _KINDS[match[2].lower()], "missing_name": match[3], "key": match[1]}
    if match := _MISSING.search(text):
        return {"missing_kind": _KINDS[match[1].lower()], "missing_name": match[2], "key": ""}
    return {}


def _probes(look: Look) -> list[Observation]:
    """Probes that fail now: readiness while it runs unready, the others while their failures are recent."""
    found: dict[str, Observation] = {}
    for event in look.events:
        match = _PROBE.match(str(event.get("message", "")))
        last = o.last_seen(event)
        if event.get("reason") != "Unhealthy" or match is None or last is None:
            continue
        probe = match[1].lower()
        unready = look.running is not None and not look.told.get("ready") and not o.is_over(look.pod)
        killed = probe != "readiness" and (look.restarts > 0 or not look.told.get("ready"))
        if look.now - last > PROBE_MEMORY or not (unready or killed):
            continue
        if probe == "liveness" and look.told.get("ready") and last < _started(look):
            continue
        count = o.times_seen(event)
        if probe not in found or count > int(str(found[probe].attributes["count"])):
            text = str(event["message"])
            found[probe] = look.observed("container.probe_failing", o.first_seen(event), text, probe=probe, count=count)
    return list(found.values())


def _started(look: Look) -> datetime:
    return o.instant((look.running or {}).get("startedAt")) or look.now
