"""What a disaster costs an installation with some hundred incidents, on either set of engines."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.backup.disaster import RPO, RTO, disaster
from tests.bench.figures import Figure

SIZES = {"sqlite": 1500, "dynamodb": 30}


def figures() -> Iterator[Figure]:
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for technology, incidents in SIZES.items():
        with tempfile.TemporaryDirectory() as folder:
            loss = asyncio.run(disaster(technology, Path(folder), incidents))
        of = f"{incidents} incidents on {technology}"
        yield Figure(
            f"backup: {of}, work lost at most", loss.lost.total_seconds() / 60, "min", RPO.total_seconds() / 60
        )
        yield Figure(f"backup: {of}, way back", loss.way_back.total_seconds(), "s", RTO.total_seconds())
