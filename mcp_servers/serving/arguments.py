"""The command line that every server shares; each adds its own options."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mcp_servers.contract.permit_keys import PermitKeys
from mcp_servers.serving import http_access
from mcp_servers.serving.http_access import Access, AccessError
from mcp_servers.serving.permit_key_sources import key_source

LAST_PORT: Final = 65535
DRAIN_SECONDS: Final = 25.0  # of calls under way after a SIGTERM; Kubernetes kills after 30
ENDS: Final = "Exit status: 0 the client disconnected, 1 could not run, 2 wrong usage, 130 interrupted."


@dataclass(frozen=True)
class ServerOptions:
    """What every server is told. Writes are off unless `writes` is set and `allow` names a place."""

    transport: str
    host: str
    port: int
    writes: bool
    allow: tuple[str, ...]
    permit_keys: PermitKeys | None
    used_permits: str | None
    access: Access = field(default_factory=Access)
    json_responses: bool = False
    drain_seconds: float = DRAIN_SECONDS
    gateway_tools: bool = False


def parser(name: str, description: str, *, writes: bool) -> argparse.ArgumentParser:
    program = Path(sys.argv[0]).name  # the entry point's name; `python -m` says only `__main__.py`
    prog = program if program.startswith("sre-agent") else f"python -m mcp_servers.{name}"
    result = argparse.ArgumentParser(prog=prog, description=description, epilog=ENDS)
    result.add_argument("--transport", choices=("stdio", "http"), default="stdio", help="how clients connect")
    result.add_argument("--host", default="127.0.0.1", help="address to listen on with --transport http")
    result.add_argument("--port", type=port, default=8000, help="port to listen on with --transport http; path /mcp")
    result.add_argument(
        "--json-responses", action="store_true", help="serve HTTP clients without event streams: no progress reports"
    )
    result.add_argument(
        "--drain-seconds", type=float, default=DRAIN_SECONDS, metavar="SECONDS",
        help="how long calls under way may take after SIGTERM, while new ones are refused; default: %(default)s",
    )  # fmt: skip
    result.add_argument(
        "--gateway-tools", action="store_true", help="print the tools as an AgentCore Gateway takes them, and end"
    )
    http_access.add_options(result)
    if writes:
        result.add_argument("--writes", action="store_true", help="allow write tools; without it the server only reads")
        result.add_argument(
            "--allow",
            action="append",
            default=[],
            metavar="PATTERN",
            help="namespace or document that may be changed, repeatable",
        )
        result.add_argument(
            "--permit-key",
            action="append",
            default=[],
            metavar="BASE64",
            help="Ed25519 public key that permits are verified with, repeatable",
        )
        result.add_argument(
            "--permit-keys",
            default="",
            metavar="FILE",
            help="file with such keys, read again whenever it changes (permit-keys.json of the state folder), or"
            " dynamodb:TABLE",
        )
        result.add_argument(
            "--used-permits", default="", metavar="FILE", help="file that records used permits, or TECHNOLOGY:WHERE"
        )  # fmt: skip
    return result


def port(text: str) -> int:
    """A TCP port that can be listened on; 0 lets the system choose."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LAST_PORT)) or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to {LAST_PORT}")
    return int(text)


def options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> ServerOptions:
    """The shared ones. What cannot be meant ends the program with the usage and exit status 2."""
    try:
        access, keys = http_access.access(parsed), _keys(parsed)
    except AccessError as problem:
        parser.error(str(problem))
    except OSError as problem:
        parser.error(f"--permit-keys cannot be read: {problem}")
    except ValueError:
        parser.error(
            "--permit-key is not an Ed25519 public key (its 32 bytes in base64), or --permit-keys no file of them"
        )
    return ServerOptions(
        transport=parsed.transport,
        host=parsed.host,
        port=parsed.port,
        writes=getattr(parsed, "writes", False),
        allow=tuple(getattr(parsed, "allow", ())),
        permit_keys=keys,
        used_permits=getattr(parsed, "used_permits", "") or None,
        access=access,
        json_responses=parsed.json_responses,
        drain_seconds=parsed.drain_seconds,
        gateway_tools=parsed.gateway_tools,
    )


def _keys(parsed: argparse.Namespace) -> PermitKeys | None:
    public, address = getattr(parsed, "permit_key", []), getattr(parsed, "permit_keys", "")
    return PermitKeys(public, key_source(address) if address else None) if public or address else None
