"""What pyproject.toml declares, and what the commands of the product take: the tests of this folder compare with it."""

from __future__ import annotations

import argparse
import contextlib
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[2]
SERVERS = ("kubernetes", "cloudwatch", "prometheus", "ssm")
_FILE: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = _FILE["project"]
INCLUDED: dict[str, str] = _FILE["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]


class _Asked(Exception):
    """A server's command line has been built, and its `main` asks for what was given."""


def options_of(server: str) -> set[str]:
    """The options that a server's command line takes, as `--kubeconfig`."""
    parsers: list[argparse.ArgumentParser] = []

    def parse_args(parser: argparse.ArgumentParser, *_: Any) -> None:
        parsers.append(parser)
        raise _Asked

    with mock.patch.object(argparse.ArgumentParser, "parse_args", parse_args), contextlib.suppress(_Asked):
        import_module(f"mcp_servers.{server}.command").main()
    return {option for action in parsers[0]._actions for option in action.option_strings}
