"""Structured log lines: one JSON object a line, with the same fields everywhere.

Every line of a run carries `incident_id`, `agent_name`, `action`, `duration_ms` and `status`; what comes from outside
is redacted once more before it is written.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

from mcp_servers.contract import private_files
from mcp_servers.redaction import redacted_value


def write_to(path: Path) -> TextIO:
    """From here on log lines of this process are appended to `path`; the open file is the caller's to close."""
    stream = private_files.appended(path)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    return stream


def _without_secrets(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redacted_value(value) for key, value in line.items()}
