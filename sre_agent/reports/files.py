"""A report in two files that are either there as a whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from sre_agent.domain.report import Report
from sre_agent.reports.markdown import markdown


def write(report: Report, folder: Path) -> tuple[Path, Path]:
    """`<incident>.md` and `<incident>.json` in `folder`, which is made if it is not there. Returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", report.incident)
    text, data = folder / f"{name}.md", folder / f"{name}.json"
    _replace(text, markdown(report))
    _replace(data, report.model_dump_json(indent=2) + "\n")
    return text, data


def _replace(path: Path, content: str) -> None:
    """Through a file beside it: a reader, or a crash, sees the old content or the new one."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
