"""Network clients inside a container: wget and nslookup as busybox has them, curl, and nc to try a port."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sre_lab.containers import network
from sre_lab.containers.environment import DNS_ADDRESS
from sre_lab.containers.io import ProgramStreams, wait
from sre_lab.containers.network import HttpReply, UnreachableError

WGET_PATIENCE = 900.0  # seconds without -T
CURL_PATIENCE = 134.0  # seconds until the kernel gives a connection up
_VALUED = {
    "wget": ("-T", "-O", "-t", "--header"),
    "curl": ("-o", "-m", "-w", "-H", "-X", "-d", "-u", "-A", "--max-time", "--connect-timeout"),
}
_WGET = {"refused": "Connection refused", "route": "No route to host"}


async def wget(io: ProgramStreams, arguments: list[str]) -> int:
    options, urls = _options("wget", arguments)
    if not urls:
        await io.complain("wget: missing URL")
        return 1
    host, port, path = _target(urls[0])
    quiet = any(o.startswith("-q") for o in options)
    try:
        answer = network.get(io.env, host, port, path)
    except UnreachableError as problem:
        if problem.how == "name":
            await io.complain(f"wget: bad address '{host}'")
        elif problem.how == "timeout":
            await wait(io.env, float(options.get("-T", WGET_PATIENCE)))
            await io.complain("wget: download timed out")
        else:
            await io.complain(f"wget: can't connect to remote host ({problem.address}): {_WGET[problem.how]}")
        return 1
    if not quiet:
        await io.complain(f"Connecting to {host} ({answer.address}:{port})")
    if answer.status >= 400:
        await io.complain(f"wget: server returned error: HTTP/1.1 {answer.status} {answer.phrase}")
        return 1
    if "--spider" in options:
        if not quiet:
            await io.complain("remote file exists")
        return 0
    if options.get("-O") == "-" or "-qO-" in options:
        await io.say(_body(answer))
    return 0


async def curl(io: ProgramStreams, arguments: list[str]) -> int:
    options, urls = _options("curl", arguments)
    if not urls:
        await io.complain("curl: (2) no URL specified")
        return 2
    host, port, path = _target(urls[0])
    letters = "".join(o[1:] for o in options if re.fullmatch("-[a-zA-Z]+", o))
    silent = ("s" in letters and "S" not in letters) or ("--silent" in options and "--show-error" not in options)
    verbose = "v" in letters or "--verbose" in options
    try:
        answer = network.get(io.env, host, port, path)
    except UnreachableError as problem:
        code, text = await _curl_failure(io, problem, host, port, options)
        if verbose:
            await io.complain(_attempt(problem, host, port, text))
        if "-w" in options:
            await io.say(_write_out(options["-w"], 0))
        if not silent:
            await io.complain(f"curl: ({code}) {text}")
        return code
    if verbose:
        await io.complain(_exchange(answer, host, port, path, "HEAD" if "I" in letters else options.get("-X", "GET")))
    if answer.status >= 400 and ("f" in letters or "--fail" in options):
        if not silent:
            await io.complain(f"curl: (22) The requested URL returned error: {answer.status}")
        return 22
    if "i" in letters or "I" in letters:
        await io.say(f"HTTP/1.1 {answer.status} {answer.phrase}\r\nContent-Length: {len(_body(answer))}\r\n\r\n")
    if "I" not in letters and "-o" not in options:
        await io.say(_body(answer))
    if "-w" in options:
        await io.say(_write_out(options["-w"], answer.status))
    return 0


def _attempt(problem: UnreachableError, host: str, port: int, text: str) -> str:
    """What curl -v tells of a connection that does not come about."""
    if not problem.address:
        return f"* {text}\n* Closing connection"
    refused = {"refused": "Connection refused", "route": "No route to host"}.get(problem.how)
    trying = f"*   Trying {problem.address}:{port}..."
    failed = f"\n* connect to {problem.address} port {port} failed: {refused}" if refused else ""
    return f"{trying}{failed}\n* {text}\n* Closing connection"


def _exchange(answer: HttpReply, host: str, port: int, path: str, method: str) -> str:
    """What curl -v tells of a connection, the request and the head of the answer."""
    host_header = host if port == 80 else f"{host}:{port}"
    return (
        f"*   Trying {answer.address}:{port}...\n* Connected to {host} ({answer.address}) port {port}\n"
        f"> {method} {path} HTTP/1.1\n> Host: {host_header}\n> Accept: */*\n> \n"
        f"< HTTP/1.1 {answer.status} {answer.phrase}\n< Content-Length: {len(_body(answer))}\n< \n"
        f"* Connection #0 to host {host} left intact"
    )


async def _curl_failure(
    io: ProgramStreams, problem: UnreachableError, host: str, port: int, options: dict[str, str]
) -> tuple[int, str]:
    if problem.how == "name":
        return 6, f"Could not resolve host: {host}"
    if problem.how == "timeout":
        seconds = next((options[o] for o in ("-m", "--max-time", "--connect-timeout") if o in options), "")
        patience = float(seconds or CURL_PATIENCE)
        await wait(io.env, patience)
        return 28, f"Connection timed out after {patience * 1000:.0f} milliseconds"
    return 7, f"Failed to connect to {host} port {port} after 1 ms: Couldn't connect to server"


def _write_out(form: str, status: int) -> str:
    return form.replace("%{http_code}", f"{status:03d}").replace("\\n", "\n")


async def nslookup(io: ProgramStreams, arguments: list[str]) -> int:
    names = [a for a in arguments if not a.startswith("-")]
    if not names:
        await io.complain("Usage: nslookup [HOST] [SERVER]")
        return 1
    try:
        resolution = network.resolve(io.env, names[0])
    except UnreachableError as problem:
        if problem.how == "timeout":
            await wait(io.env, 15)
            await io.say(";; connection timed out; no servers could be reached\n\n")
            return 1
        await io.say(f"Server:\t\t{DNS_ADDRESS}\nAddress:\t{DNS_ADDRESS}:53\n\n")
        await io.say(f"** server can't find {names[0]}: NXDOMAIN\n\n")
        return 1
    await io.say(f"Server:\t\t{DNS_ADDRESS}\nAddress:\t{DNS_ADDRESS}:53\n\n")
    for address in resolution.addresses:
        await io.say(f"Name:\t{resolution.full}\nAddress: {address}\n")
    await io.say("\n")
    return 0


async def nc(io: ProgramStreams, arguments: list[str]) -> int:
    """Only whether a connection succeeds."""
    words = [a for a in arguments if not a.startswith("-")]
    if len(words) < 2 or not words[-1].isdigit():
        await io.complain("nc: usage: nc [-zv] HOST PORT")
        return 1
    host, port = words[-2], int(words[-1])
    try:
        answer = network.get(io.env, host, port, "/")
    except UnreachableError as problem:
        if problem.how == "timeout":
            await wait(io.env, 5)
        if problem.how == "name":
            await io.complain(f"nc: bad address '{host}'")
        else:
            texts = {**_WGET, "timeout": "Connection timed out"}
            await io.complain(f"nc: {host} ({problem.address}:{port}): {texts[problem.how]}")
        return 1
    if any("v" in a for a in arguments if a.startswith("-")):
        await io.complain(f"{host} ({answer.address}:{port}) open")
    return 0


def _body(answer: HttpReply) -> str:
    return f"{answer.phrase}\n"


def _options(program: str, arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    """(options with their values, the other words)"""
    options: dict[str, str] = {}
    words: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            words.append(word)
        elif "=" in word:
            name, _, value = word.partition("=")
            options[name] = value
        elif len(word) > 2 and word[:2] in _VALUED[program]:
            options[word[:2]] = word[2:]
        elif rest and _wants_value(program, word):
            options[f"-{word[-1]}" if not word.startswith("--") else word] = rest.pop(0)
            if len(word) > 2 and not word.startswith("--"):
                options[word[:-1]] = ""
        else:
            options[word] = ""
    return options, words


def _wants_value(program: str, word: str) -> bool:
    """Whether the next word belongs to this one: a long option, or letters of which the last one takes a value."""
    return word in _VALUED[program] or bool(re.fullmatch("-[a-zA-Z]+", word) and f"-{word[-1]}" in _VALUED[program])


def _target(url: str) -> tuple[str, int, str]:
    """(host, port, path)"""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.hostname or "", port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
