"""The programs that a command in a container can run: each answers from the container's facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sre_lab.containers import archive, clients, lookups, text
from sre_lab.containers.io import ProgramStreams, wait
from sre_lab.kubernetes.quantities import parse

Program = Callable[[ProgramStreams, list[str]], Awaitable[int]]  # (streams, arguments) -> exit code


async def _ls(io: ProgramStreams, arguments: list[str]) -> int:
    options = "".join(a[1:] for a in arguments if a.startswith("-"))
    names = [a for a in arguments if not a.startswith("-")] or ["."]
    code = 0
    for name in names:
        path = io.env.path(name)
        if path in io.env.files:
            rows = [(name, path)]
        elif io.env.is_folder(path):
            inside = [n for n in io.env.inside(path) if "a" in options or not n.startswith(".")]
            rows = [(n, f"{path.rstrip('/')}/{n}") for n in inside]
        else:
            await io.complain(f"ls: {name}: No such file or directory")
            code = 1
            continue
        if len(names) > 1 and path not in io.env.files:
            await io.say(f"{name}:\n")
        for label, full in rows:
            await io.say(_long(io, label, full) if "l" in options else f"{label}\n")
    return code


def _long(io: ProgramStreams, name: str, path: str) -> str:
    moment = datetime.fromtimestamp(io.env.world.clock.now(), UTC).strftime("%b %e %H:%M")
    if path in io.env.files:
        return f"-rw-r--r--    1 root     root     {len(io.env.files[path]):>9} {moment} {name}\n"
    return f"drwxr-xr-x    2 root     root          4096 {moment} {name}\n"


async def _echo(io: ProgramStreams, arguments: list[str]) -> int:
    end = "\n"
    while arguments and arguments[0] in ("-n", "-e", "-ne", "-en"):
        end = "" if "n" in arguments[0] else end
        arguments = arguments[1:]
    await io.say(" ".join(arguments) + end)
    return 0


async def _env(io: ProgramStreams, arguments: list[str]) -> int:
    if not arguments:
        await io.say("".join(f"{name}={value}\n" for name, value in io.env.env.items()))
        return 0
    missing = [name for name in arguments if name not in io.env.env]
    await io.say("".join(f"{io.env.env[name]}\n" for name in arguments if name in io.env.env))
    return 1 if missing else 0


async def _hostname(io: ProgramStreams, arguments: list[str]) -> int:
    name = io.env.pod["spec"].get("hostname") or io.env.pod["metadata"]["name"]
    await io.say(f"{io.env.address if '-i' in arguments else name}\n")
    return 0


async def _ps(io: ProgramStreams, arguments: list[str]) -> int:
    spec = io.env.spec
    command = [*(spec.get("command") or ["/" + spec["image"].rsplit("/", 1)[-1].split(":")[0].split("@")[0]])]
    line = " ".join([*command, *(spec.get("args") or [])])
    user = {0: "root", 65534: "nobody"}.get(io.env.user, str(io.env.user))
    await io.say("PID   USER     TIME  COMMAND\n")
    for number, command_line in ((1, line), (7, " ".join(["ps", *arguments]))):
        await io.say(f"{number:>5} {user:<8} 0:00 {command_line}\n")
    return 0


async def _date(io: ProgramStreams, arguments: list[str]) -> int:
    moment = datetime.fromtimestamp(io.env.world.clock.now(), UTC)
    form = next((a[1:] for a in arguments if a.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    await io.say(moment.strftime(form) + "\n")
    return 0


async def _id(io: ProgramStreams, arguments: list[str]) -> int:
    number = io.env.user
    name = {0: "root", 65534: "nobody"}.get(number, "")
    if "-u" in arguments:
        await io.say(f"{name if '-n' in arguments else number}\n")
        return 0
    label = f"{number}({name})" if name else str(number)
    group = "0(root)" if number == 0 else label
    await io.say(f"uid={label} gid={group} groups={group}\n")
    return 0


async def _whoami(io: ProgramStreams, arguments: list[str]) -> int:
    name = {0: "root", 65534: "nobody"}.get(io.env.user)
    if name is None:
        await io.complain(f"whoami: unknown uid {io.env.user}")
        return 1
    await io.say(f"{name}\n")
    return 0


async def _pwd(io: ProgramStreams, arguments: list[str]) -> int:
    await io.say(f"{io.env.working_folder}\n")
    return 0


async def _true(io: ProgramStreams, arguments: list[str]) -> int:
    return 0


async def _false(io: ProgramStreams, arguments: list[str]) -> int:
    return 1


async def _sleep(io: ProgramStreams, arguments: list[str]) -> int:
    total = 0.0
    for argument in arguments:
        number, unit = (argument[:-1], argument[-1]) if argument[-1:] in "smhd" else (argument, "s")
        try:
            total += float(number) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
        except ValueError:
            await io.complain(f"sleep: invalid number '{argument}'")
            return 1
    if not arguments:
        await io.complain("sleep: missing operand")
        return 1
    await wait(io.env, total)
    return 0


async def _free(io: ProgramStreams, arguments: list[str]) -> int:
    """Memory of the node, as a container sees it, in KiB."""
    node = io.env.world.objects.get("Node", "", io.env.pod["spec"].get("nodeName", "")) or {}
    total = int(parse(((node.get("status") or {}).get("capacity") or {}).get("memory", 0))) // 1024
    await io.say(f"              total\nMem:    {total:>11}\n")
    return 0


async def _uname(io: ProgramStreams, arguments: list[str]) -> int:
    node = io.env.world.objects.get("Node", "", io.env.pod["spec"].get("nodeName", "")) or {}
    info = (node.get("status") or {}).get("nodeInfo") or {}
    kernel, machine = info.get("kernelVersion", ""), {"amd64": "x86_64"}.get(info.get("architecture", ""), "")
    await io.say(f"Linux {io.env.pod['metadata']['name']} {kernel} {machine}\n" if "-a" in arguments else "Linux\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "ls": _ls,
    "cat": text.cat,
    "head": text.head,
    "tail": text.tail,
    "grep": text.grep,
    "wc": text.wc,
    "sort": text.sort,
    "echo": _echo,
    "env": _env,
    "printenv": _env,
    "hostname": _hostname,
    "ps": _ps,
    "date": _date,
    "id": _id,
    "whoami": _whoami,
    "pwd": _pwd,
    "true": _true,
    "false": _false,
    "sleep": _sleep,
    "free": _free,
    "uname": _uname,
    "wget": clients.wget,
    "curl": clients.curl,
    "nslookup": clients.nslookup,
    "nc": clients.nc,
    "getent": lookups.getent,
    "dig": lookups.dig,
    "df": lookups.df,
    "tar": archive.tar,
}
