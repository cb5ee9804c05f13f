"""SARIF 2.1.0, for code scanning and whatever else collects findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import metadata
from typing import Any, Final

from sre_agent.domain.base import Severity
from sre_agent.domain.sweep import Sweep, Trouble

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[dict[Severity, str]] = {"SEV1": "error", "SEV2": "error", "SEV3": "warning", "SEV4": "note"}


def text(sweeps: Sequence[Sweep]) -> str:
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(sweep) for sweep in sweeps]}, indent=2) + "\n"
    )


def _run(sweep: Sweep) -> dict[str, Any]:
    driver = {
        "name": "sre-agent sweep",
        "version": metadata.version("sre-agent"),
        "rules": [{"id": check.name, "shortDescription": {"text": check.title}} for check in sweep.checks],
    }
    notifications = [{"level": "warning", "message": {"text": gap}} for gap in sweep.gaps]
    moment = f"{sweep.taken_at:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "tool": {"driver": driver},
        "invocations": [
            {"executionSuccessful": True, "endTimeUtc": moment, "toolExecutionNotifications": notifications}
        ],
        "results": [_result(trouble, sweep) for trouble in sweep.troubles],
    }


def _result(trouble: Trouble, sweep: Sweep) -> dict[str, Any]:
    name = f"{sweep.cluster}/{trouble.subject.short}".lstrip("/")
    return {
        "ruleId": trouble.check,
        "level": LEVELS[trouble.severity],
        "message": {"text": trouble.statement},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}]}],
        "partialFingerprints": {"trouble/v1": trouble.key},
        "baselineState": "new" if trouble.new else "updated" if trouble.worse else "unchanged",
    }
