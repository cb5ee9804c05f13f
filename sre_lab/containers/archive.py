"""tar, as `kubectl cp` uses it: out of the container with `cf -`, into it with `xmf -`."""

from __future__ import annotations

import io as memory
import tarfile

from sre_lab.containers.io import ProgramStreams


async def tar(io: ProgramStreams, arguments: list[str]) -> int:
    letters = arguments[0].lstrip("-") if arguments else ""
    rest = arguments[1:]
    folder = "/"
    if "-C" in rest and rest.index("-C") + 1 < len(rest):
        place = rest.index("-C")
        folder = io.env.path(rest[place + 1])
        rest = rest[:place] + rest[place + 2 :]
    names = [r for r in rest if not r.startswith("-")]
    if "c" in letters:
        return await _pack(io, names)
    if "x" in letters:
        return await _unpack(io, folder)
    await io.complain("tar: You must specify one of -c, -x")
    return 1


async def _pack(io: ProgramStreams, names: list[str]) -> int:
    buffer = memory.BytesIO()
    code = 0
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in names:
            paths = io.env.below(io.env.path(name))
            if not paths:
                await io.complain(f"tar: {name}: No such file or directory")
                code = 1
            for path in paths:
                entry = tarfile.TarInfo(path.lstrip("/"))
                entry.size = len(io.env.files[path])
                entry.mtime = int(io.env.world.clock.now())
                entry.mode = 0o644
                archive.addfile(entry, memory.BytesIO(io.env.files[path]))
    if any(name.startswith("/") for name in names):
        await io.complain("tar: removing leading '/' from member names")
    await io.out(buffer.getvalue())
    if code:
        await io.complain("tar: error exit delayed from previous errors")
    return code


async def _unpack(io: ProgramStreams, folder: str) -> int:
    try:
        with tarfile.open(fileobj=memory.BytesIO(await io.rest())) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                if content is not None:
                    io.env.files[io.env.path(f"{folder}/{entry.name}")] = content.read()
    except tarfile.TarError:
        await io.complain("tar: short read")
        return 1
    return 0
