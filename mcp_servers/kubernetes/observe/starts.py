"""Why a container does not start: its image, its configuration, the program that was to be run, or one before it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from mcp_servers.contract.facts import Observation
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.container_views import ContainerView
from mcp_servers.kubernetes.snapshot.objects import Obj

IMAGE_REASONS: Final = frozenset(
    {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
    | {"RegistryUnavailable"}
)
START_REASONS: Final = frozenset(
    {"RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun", "PostStartHookError"}
)
INITIAL: Final = timedelta(seconds=60)  # that the containers before the first may take together
_BY_KUBELET: Final = {"InvalidImageName": "invalid_name", "ErrImageNeverPull": "never_pulled"}  # no registry was asked
_NO_PULL: Final = (
    ("throttled", re.compile(r"\b429\b|too ?many ?requests|rate limit|Throttling", re.I)),
    (
        "wrong_platform",
        re.compile(r"no match(?:ing manifest)? for (?:platform|\w+/\w+)|does not match the .*platform", re.I),
    ),
    # A registry that tells strangers nothing answers for an absent repository as for a private one.
    (
        "hidden",
        re.compile(
            r"does not exist or may require|insufficient_scope|requested access to the resource is denied", re.I
        ),
    ),
    (
        "unauthorized",
        re.compile(r"denied|unauthorized|authorization|authentication|forbidden|\b40[13]\b|credential", re.I),
    ),
    (
        "unreachable",
        re.compile(
            r"dial tcp|no such host|timeout|timed out|connection refused|no route|TLS|x509|server misbehaving"
            r"|\b50[0234]\b (?:Internal|Bad|Service|Gateway)|unexpected EOF|connection reset",
            re.I,
        ),
    ),
    (
        "not_found",
        re.compile(
            r"not found|NotFound|manifest unknown|does not exist|unknown: ",
            re.I,
        ),
    ),
)
_NO_START: Final = (
    ("wrong_format", re.compile(r"exec format error", re.I)),
    (
        "no_directory",
        re.compile(r"\b(?:chdir|cwd|working directory)\b.{0,160}(?:no such file|not a directory|denied)", re.I),
    ),
    (
        "not_found",
        re.compile(
            r"executable file not found|not found in \$PATH|no command specified|\bexec:? .{0,200}no such file", re.I
        ),
    ),
    ("not_executable", re.compile(r"\bexec:? .{0,200}(?:permission denied|is a directory)", re.I)),
)
_LAYERS: Final = re.compile(r"(?:(?:Error|[A-Za-z]+(?: [A-Za-z]+)+): )+")  # phrases that name no thing
_PROGRAM: Final = re.compile(r"exec: \\?\"([^\"\\]+)|exec (/\S+):")
_MISSING: Final = re.compile(r"(configmap|secret) \"([^\"]+)\" not found", re.I)
_MISSING_KEY: Final = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[^\s/]+/)?([\w.-]+)", re.I)
_KINDS: Final = {"configmap": "ConfigMap", "secret": "Secret"}


def observe(look: ContainerView) -> list[Observation]:
    """Why it waits, and of an init container that it holds up the others."""
    return [*_waits(look), *_holds_up(look)]


def _waits(look: ContainerView) -> list[Observation]:
    reason, text = str(look.waiting.get("reason") or ""), str(look.waiting.get("message") or "")
    if why := why_not_pulled(look):
        pull_text = _pull_text(look, text)
        image = str(look.container.get("image") or look.status.get("image") or "")
        at = look.began("Failed", "InspectFailed", "ErrImageNeverPull") or o.created_at(look.pod)
        attributes: dict[str, Any] = {"image": image, "why": why, "reason": reason, "secrets": _secrets(look)}
        return [look.observed("container.image_pull_failed", at, pull_text, **attributes)]
    if reason == "CreateContainerConfigError" or held_up(look):
        at = look.began("Failed") or o.created_at(look.pod)
        text = held_up(look) or text or next((str(e.get("message", "")) for e in _failures(look)), "")
        if missing := _missing(text):
            return [look.observed("container.config_missing", at, text, **missing)]
        return [_not_started(look, at, text, reason)]
    if reason in START_REASONS:
        return [_not_started(look, look.began("Failed"), text, reason)]
    last_run = look.last_ended
    if (start_reason := str(last_run.get("reason") or "")) in START_REASONS:
        at, text = o.instant(last_run.get("finishedAt")), str(last_run.get("message") or "")
        return [_not_started(look, at, text, start_reason)]
    return []


def _not_started(look: ContainerView, at: datetime | None, text: str, reason: str) -> Observation:
    return look.observed("container.start_failed", at, without_layers(text), reason=reason, **_refusal(text))


def held_up(look: ContainerView) -> str:
    """What the kubelet says of its last try to start a container again, when configuration was missing: between the
    tries such a container shows nothing but back-off."""
    ended_at = o.instant(look.last_ended.get("finishedAt"))
    if look.waiting.get("reason") != "CrashLoopBackOff" or ended_at is None:
        return ""
    tries = [e for e in _failures(look) if (t := o.last_seen(e)) and t > ended_at]
    return next((text for e in tries if _missing(text := str(e.get("message", "")))), "")


def _holds_up(look: ContainerView) -> list[Observation]:
    """An init container that has had its time, or has failed already. One that is to run on beside them does not."""
    names = [c.get("name") for c in o.spec(look.pod).get("initContainers") or []]
    if look.name not in names or look.container.get("restartPolicy") == "Always" or o.is_over(look.pod):
        return []
    state: Obj = look.status.get("state") or {}
    if (state.get("terminated") or {}).get("exitCode") == 0 or not state:
        return []
    waits = str(look.waiting.get("reason") or "")
    began = o.instant((look.running or {}).get("startedAt")) or o.instant(look.last_ended.get("startedAt"))
    if waits == "PodInitializing" or (not look.last_ended and waits in ("", "ContainerCreating") and not _late(look)):
        return []
    run_state = "waiting" if look.waiting else "running" if look.running is not None else "ended"
    since = began or o.created_at(look.pod)
    attributes: dict[str, Any] = {"state": run_state}
    if since is not None:
        attributes["seconds"] = max(0, int((look.now - since).total_seconds()))
    return [look.observed("container.init_unfinished", since, str(look.waiting.get("message") or ""), **attributes)]


def _late(look: ContainerView) -> bool:
    began = o.instant((look.running or {}).get("startedAt"))
    return began is not None and look.now - began > INITIAL


def _secrets(look: ContainerView) -> list[str]:
    """The Secrets with which images are pulled; none where the node's own identity serves."""
    return [str(s.get("name", "")) for s in o.spec(look.pod).get("imagePullSecrets") or []]


def _failures(look: ContainerView) -> list[Obj]:
    return [e for e in look.events if e.get("reason") == "Failed"]


def why_not_pulled(look: ContainerView) -> str:
    """Why its image is not pulled, as `container.image_pull_failed` says it; empty where it does not wait for one."""
    reason, text = str(look.waiting.get("reason") or ""), str(look.waiting.get("message") or "")
    if reason not in IMAGE_REASONS:
        return ""
    problem = _without_names(_pull_text(look, text), look)
    return _BY_KUBELET.get(reason) or next((name for name, pattern in _NO_PULL if pattern.search(problem)), "unknown")


def unknown_registry(look: ContainerView) -> str:
    """The host of its image, where that is not pulled because nobody knows the name; else empty."""
    host = registry(str(look.container.get("image") or ""))
    text = _pull_text(look, str(look.waiting.get("message") or ""))
    is_unknown = bool(host) and re.search(rf"\blookup {re.escape(host.split(':')[0])}\b.*no such host", text)
    return host if is_unknown and why_not_pulled(look) == "unreachable" else ""


def registry(image: str) -> str:
    """The host that an image names, with its port; empty where it names none and the runtime's own default serves."""
    host, slash, _ = image.partition("/")
    return host if slash and ("." in host or ":" in host or host == "localhost") else ""


def without_layers(text: str) -> str:
    """A runtime's message without the layers that passed it on, each of which only says that it failed: they would
    fill the room in which the message is quoted."""
    return text[match.end() :] if (match := _LAYERS.match(text)) and match.end() < len(text) else text


def why_not_started(text: str) -> str:
    """Why the runtime did not start the program, as `container.start_failed` says it."""
    return next((name for name, pattern in _NO_START if pattern.search(text)), "unknown")


def _refusal(text: str) -> dict[str, str]:
    """Why the runtime did not start the program, and which."""
    why = why_not_started(text)
    program = _PROGRAM.search(text)
    return {"why": why} | ({"program": program[1] or program[2]} if program else {})


def _pull_text(look: ContainerView, waiting: str) -> str:
    """The text that names the cause: an event's, where the waiting message only says that it backs off."""
    messages = [str(e.get("message", "")) for e in look.events if e.get("reason") in ("Failed", "InspectFailed")]
    texts = [waiting, *reversed([t for t in messages if "pull" in t.lower() or "image" in t.lower()])]
    return max(texts, key=lambda t: (any(p.search(_without_names(t, look)) for _, p in _NO_PULL), len(t)))


def _without_names(text: str, look: ContainerView) -> str:
    """An image's own name says nothing about why it cannot be had."""
    return text.replace(str(look.container.get("image") or "\0"), "")


def _missing(text: str) -> dict[str, str]:
    if match := _MISSING_KEY.search(text):
        return {"missing_kind": _KINDS[match[2].lower()], "missing_name": match[3], "key": match[1]}
    if match := _MISSING.search(text):
        return {"missing_kind": _KINDS[match[1].lower()], "missing_name": match[2], "key": ""}
    return {}
