"""What a Corefile makes of a name: the part of CoreDNS' configuration that decides whether names are answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

CLUSTER_ZONE = "cluster.local"
RESOLVERS = ("/etc/resolv.conf", "169.254.169.253")  # forward targets that exist: the node's own, and the VPC's


@dataclass
class CorefileBlock:
    """A directive with its arguments and, for one with braces, the directives in it."""

    words: list[str]
    inner: list[CorefileBlock] = field(default_factory=list)


def parse(text: str) -> list[CorefileBlock]:
    """The server blocks of a Corefile; ValueError when braces do not match."""
    stack: list[list[CorefileBlock]] = [[]]
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words == ["}"]:
            if len(stack) == 1:
                raise ValueError("a brace is closed that was not opened")
            stack.pop()
        elif words[-1] == "{":
            stack[-1].append(CorefileBlock(words[:-1]))
            stack.append(stack[-1][-1].inner)
        else:
            stack[-1].append(CorefileBlock(words))
    if len(stack) > 1:
        raise ValueError("a brace is not closed")
    return stack[0]


def answer(text: str, name: str) -> str:
    """`ok`, `nxdomain` or `servfail` for a name, by the server block that holds for it. A file that cannot be read
    changes nothing for a server that runs: it goes on with the one before."""
    try:
        servers = parse(text)
    except ValueError:
        return "ok"
    plugins = _plugins(servers, name)
    if plugins is None:
        return "servfail"  # no server block answers for the zone
    if any(p.words[0] == "template" and _denies(p, name) for p in plugins):
        return "nxdomain"
    if _within(name, CLUSTER_ZONE):
        zones = [zone for p in plugins if p.words[0] == "kubernetes" for zone in p.words[1:]]
        if any(_within(name, zone) for zone in zones):
            return "ok"
    elif any(p.words[0] == "forward" and set(p.words[2:]) & set(RESOLVERS) for p in plugins):
        return "ok"
    forwards = [p for p in plugins if p.words[0] == "forward"]
    reachable = any(set(p.words[2:]) & set(RESOLVERS) for p in forwards)
    return "nxdomain" if reachable else "servfail"


def _plugins(servers: list[CorefileBlock], name: str) -> list[CorefileBlock] | None:
    """Those of the most particular server block for the name."""
    candidates = []
    for server in servers:
        for key in server.words:
            zone = re.sub(r":\d+$", "", key.rstrip(",")).rstrip(".")
            if _within(name, zone):
                candidates.append((len(zone), server.inner))
    return max(candidates, key=lambda h: h[0])[1] if candidates else None


def _denies(template: CorefileBlock, name: str) -> bool:
    zones = template.words[3:]
    refuses = any(p.words[:2] == ["rcode", "NXDOMAIN"] for p in template.inner)
    patterns = [p.words[1].strip('"') for p in template.inner if p.words[0] == "match" and len(p.words) > 1]
    return (
        refuses
        and (not zones or any(_within(name, zone) for zone in zones))
        and (not patterns or any(_matches(pattern, name) for pattern in patterns))
    )


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, f"{name}.") is not None
    except re.error:
        return False


def _within(name: str, zone: str) -> bool:
    zone = zone.rstrip(".")
    return not zone or name == zone or name.endswith(f".{zone}")
