"""Names and disks as programs inside a container ask for them: getent, dig in its short forms, df."""

from __future__ import annotations

from collections.abc import Iterator

from sre_lab.behaviour.kubelet.process import number, running_processes
from sre_lab.behaviour.kubelet.storage import growth_now
from sre_lab.containers import network
from sre_lab.containers.environment import CLUSTER_DOMAIN, DNS_ADDRESS, ContainerEnvironment
from sre_lab.containers.io import ProgramStreams, wait
from sre_lab.containers.network import ResolvedName, UnreachableError
from sre_lab.kubernetes.quantities import parse

NOT_FOUND = 2  # getent: a key is not in the database
DIG_PATIENCE = 15.0  # seconds: three tries of five
BLOCK = 1024
Disk = tuple[str, float | None, float | None, str]  # device, bytes, bytes used, where it is mounted


async def getent(io: ProgramStreams, arguments: list[str]) -> int:
    """`getent hosts NAME` and its `ahosts` forms."""
    if len(arguments) < 2 or arguments[0] not in ("hosts", "ahosts", "ahostsv4"):
        await io.complain("usage: getent hosts NAME...")
        return 1
    code = 0
    for name in arguments[1:]:
        try:
            resolution = network.resolve(io.env, name)
        except UnreachableError as problem:
            if problem.how == "timeout":
                await wait(io.env, DIG_PATIENCE)
            code = NOT_FOUND
            continue
        addresses = resolution.addresses[:1] if arguments[0] == "hosts" else resolution.addresses
        await io.say("".join(f"{address:<15} {resolution.full}\n" for address in addresses))
    return code


async def dig(io: ProgramStreams, arguments: list[str]) -> int:
    """A name's addresses, with `+short` alone; a name is whole unless `+search` is given, as dig takes it."""
    options = [a for a in arguments if a.startswith(("+", "-", "@"))]
    words = [a for a in arguments if a not in options and a.upper() not in ("A", "IN")]
    if not words:
        await io.complain("dig: the lab knows dig [+short] [+search] NAME [A]")
        return 1
    whole = words[0].rstrip(".").endswith(CLUSTER_DOMAIN) or "+search" in options
    try:
        resolution = network.resolve(io.env, words[0])
        if not whole and resolution.full.endswith(CLUSTER_DOMAIN):  # by the search list only, which dig leaves alone
            resolution = ResolvedName(words[0], ())
    except UnreachableError as problem:
        if problem.how == "timeout":
            await wait(io.env, DIG_PATIENCE)
            await io.say(f";; communications error to {DNS_ADDRESS}#53: timed out\n;; no servers could be reached\n")
            return 9
        resolution = ResolvedName(words[0], ())
    addresses, name = resolution.addresses, resolution.full.rstrip(".") + "."
    if "+short" in options:
        await io.say("".join(f"{address}\n" for address in addresses))
        return 0
    status = "NOERROR" if addresses else "NXDOMAIN"
    await io.say(f";; ->>HEADER<<- opcode: QUERY, status: {status}\n\n;; QUESTION SECTION:\n;{name}\tIN\tA\n\n")
    if addresses:
        await io.say(";; ANSWER SECTION:\n" + "".join(f"{name}\t5\tIN\tA\t{a}\n" for a in addresses) + "\n")
    await io.say(f";; SERVER: {DNS_ADDRESS}#53({DNS_ADDRESS})\n")
    return 0


async def df(io: ProgramStreams, arguments: list[str]) -> int:
    """The disk of the node, and the size of each claim that is mounted; `-` stands for what nobody knows here."""
    human = any("h" in a for a in arguments if a.startswith("-") and not a.startswith("--"))
    columns = ("Filesystem", "Size" if human else "1K-blocks", "Used", "Available", "Use%", "Mounted on")
    rows = [columns, *(_row(human, *disk) for disk in (_of_node(io.env), *_of_claims(io.env)))]
    for device, *numbers, place in rows:
        await io.say(f"{device:<20} {' '.join(f'{number:>10}' for number in numbers)} {place}\n")
    return 0


def _of_node(env: ContainerEnvironment) -> Disk:
    """What of the node's disk the system and the pods take."""
    world, node, now = env.world, env.pod["spec"].get("nodeName", ""), env.world.clock.now()
    if not world.cluster.has(node):
        return "overlay", None, None, "/"
    facts = world.cluster.facts(node)
    used = number(facts.disk_used)
    for process in running_processes(world).values():
        pod = world.objects.get("Pod", process.namespace, process.pod)
        if pod is not None and pod["spec"].get("nodeName") == node:
            used += growth_now(process, process.profile.disk, now)
    return "overlay", number(facts.disk), used, "/"


def _of_claims(env: ContainerEnvironment) -> Iterator[Disk]:
    volumes = {v["name"]: v for v in env.pod["spec"].get("volumes") or []}
    for mount in env.spec.get("volumeMounts") or []:
        claim = (volumes.get(mount["name"], {}).get("persistentVolumeClaim") or {}).get("claimName")
        volume_claim = env.world.objects.get("PersistentVolumeClaim", env.namespace, claim) if claim else None
        size = (((volume_claim or {}).get("status") or {}).get("capacity") or {}).get("storage")
        if volume_claim is not None:
            device = f"/dev/disk/{volume_claim['spec'].get('volumeName', claim)}"
            yield device, None if size is None else float(parse(size)), None, mount["mountPath"]


def _row(human: bool, device: str, size: float | None, used: float | None, place: str) -> tuple[str, ...]:
    free = None if size is None or used is None else max(0.0, size - used)
    share = "-" if not size or used is None else f"{round(100 * used / size)}%"
    return device, _format_size(size, human), _format_size(used, human), _format_size(free, human), share, place


def _format_size(size: float | None, human: bool) -> str:
    if size is None:
        return "-"
    if not human:
        return str(int(size) // BLOCK)
    for unit, factor in (("G", BLOCK**3), ("M", BLOCK**2), ("K", BLOCK)):
        if size >= factor:
            return f"{size / factor:.1f}{unit}"
    return f"{size:.0f}"
