"""A command in a container: started, run to its end, and what the client is told about that end."""

from __future__ import annotations

import hashlib

from sre_lab.containers.environment import PATH, ContainerEnvironment
from sre_lab.containers.io import ProgramStreams
from sre_lab.containers.programs import PROGRAMS
from sre_lab.containers.shell import NOT_FOUND, Shell
from sre_lab.kubernetes.kubelets import CommandStartError

SHELLS = ("sh", "ash")
WRAPPERS = {"nohup": 1, "timeout": 2}  # program -> where the command that it runs begins


async def run(io: ProgramStreams, words: list[str]) -> int:
    """The exit code; StartError when the container has no such program."""
    if not _has(io.env, words[0]):
        raise CommandStartError(_not_found(io.env, words[0]))
    return await _call(io, words)


async def _call(io: ProgramStreams, words: list[str]) -> int:
    name = _program(words[0])
    if not _has(io.env, words[0]):
        return NOT_FOUND
    if name in SHELLS:
        return await Shell(_call)(io, words[1:])
    if name in WRAPPERS and len(words) > WRAPPERS[name]:
        return await _call(io, words[WRAPPERS[name] :])
    return await PROGRAMS[name](io, words[1:]) if name in PROGRAMS else 1


def _has(env: ContainerEnvironment, word: str) -> bool:
    name = _program(word)
    is_program = name in PROGRAMS or name in SHELLS or name in WRAPPERS
    in_place = "/" not in word or word.rpartition("/")[0] in PATH.split(":")
    return is_program and in_place and not env.lacks(name)


def _program(word: str) -> str:
    return word.rpartition("/")[2]


def _not_found(env: ContainerEnvironment, word: str) -> str:
    """As containerd and runc word it; the id is the exec's, unique in each answer."""
    seed = f"{env.pod['metadata'].get('uid')}/{word}/{env.world.clock.now()}"
    why = "no such file or directory" if "/" in word else "executable file not found in $PATH"
    what = f'exec: "{word}": {why}' if "/" not in word else f'exec: "{word}": stat {word}: {why}'
    return (
        "error executing command in container: failed to exec in container: failed to start exec "
        f'"{hashlib.sha256(seed.encode()).hexdigest()}": OCI runtime exec failed: exec failed: '
        f"unable to start container process: {what}: unknown"
    )
