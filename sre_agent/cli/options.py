"""Options that verbs share which only read what an earlier run left."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[str, typer.Option(help="settings profile that names the state folder: aws, or a TOML file")]
Trace = Annotated[bool, typer.Option("--trace", help="also show the calls over time, as a waterfall")]
StateDir = Annotated[Path | None, typer.Option(help="folder for incidents and reports")]
