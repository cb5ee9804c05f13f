"""What a check-up looks at on this machine: settings, state folder, models by name, where traces go, the port."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Final

from mcp_servers.redaction import redacted
from sre_agent.cli.checkup_rows import CheckupRow
from sre_agent.errors import SettingsError
from sre_agent.preflight import VerbOptions, files, models
from sre_agent.preflight.addresses import is_host_and_port, is_web_address
from sre_agent.settings import ModelAccess, ServiceSettings, Settings, TracingSettings

WAIT_SECONDS: Final = 0.5
COLLECTOR_SECONDS: Final = 3.0


def settings_row(settings: Settings, options: VerbOptions) -> CheckupRow:
    wrong = list(files.problems(settings, options))
    result_text = (
        " ".join(wrong) if wrong else f"profile {settings.profile or 'none'}, policies {settings.policy.policies}"
    )
    return CheckupRow("settings", "files and addresses they name", "failed" if wrong else "ok", result_text)


def state_folder_row(folder: Path, options: VerbOptions) -> CheckupRow:
    """It, or the first folder above it that is there, has to be one that this user may write."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    request = f"whether {folder} is writable"
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return CheckupRow(
            "state folder",
            request,
            "ok",
            "writable" if there == folder.absolute() else f"it will be created in {there}",
        )
    do = f"Choose a writable one: {options.to_give('state_dir', 'FOLDER')}"
    return CheckupRow("state folder", request, "failed", f"{there} is not writable", do)


def model_row(access: ModelAccess, options: VerbOptions) -> CheckupRow:
    """By name, package and key; that one answers is what `doctor --model` asks, because it costs."""
    if access.model == "none":
        return CheckupRow("model", "settings", "absent", "none; everything works without one")
    wrong = list(models.problems(access, options))
    if wrong:
        return CheckupRow("model", access.model, "failed", " ".join(wrong))
    return CheckupRow("model", access.model, "ok", "can be opened; sre-agent doctor --model asks it")


def traces_row(tracing: TracingSettings, options: VerbOptions) -> CheckupRow:
    match tracing.trace:
        case "none":
            return CheckupRow("traces", "settings", "absent", "none are made")
        case "otlp":
            return _otlp(tracing.otlp_endpoint, options)
        case _:
            return _xray(tracing.xray_address)


def notification_rows(settings: Settings) -> list[CheckupRow]:
    """Each channel, as far as it can be told without sending anything."""
    from sre_agent.aws_services.secrets import SecretReader  # noqa: PLC0415
    from sre_agent.notify import channels  # noqa: PLC0415 - httpx
    from sre_agent.notify.rotation import open_by_reference  # noqa: PLC0415

    try:
        names = channels(settings.notifications)
    except SettingsError as problem:
        return [CheckupRow("notifications", "escalation levels", "failed", str(problem))]
    rows = []
    for name in names:
        try:
            open_by_reference(name, settings.notifications, settings.aws, SecretReader(settings.state_access))
            rows.append(CheckupRow("notifications", name, "ok", "is set up; sre-agent notify test sends a message"))
        except SettingsError as problem:
            rows.append(CheckupRow("notifications", name, "failed", str(problem)))
    return rows


def port_row(service: ServiceSettings, options: VerbOptions) -> CheckupRow:
    """Whether `serve` could listen. Where something does already, it may be one of ours."""
    host, port = service.listen_host, service.listen_port
    request = f"{host}:{port}, for serve"
    if not port:
        return CheckupRow("port", request, "ok", "any that is free")
    try:
        with socket.create_server((host, port)):
            return CheckupRow("port", request, "ok", "free")
    except OSError as problem:
        why = problem.strerror or str(problem)
    if _answers(f"http://{host}:{port}/health"):
        return CheckupRow("port", request, "ok", "sre-agent serves there")
    do = f"Only serve needs it. Give it another: {options.to_give('listen_port', 'PORT')}"
    return CheckupRow("port", request, "note", why, do)


def _xray(address: str) -> CheckupRow:
    """Its daemon takes segments by UDP, which never answers; it listens by TCP on the same port too."""
    request = f"X-Ray daemon at {address}"
    if not is_host_and_port(address):
        return CheckupRow("traces", request, "failed", "is not a valid address")
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS):
            return CheckupRow("traces", request, "ok", "listening")
    except OSError:
        return CheckupRow(
            "traces", request, "absent", "nothing is listening there: runs work, but their traces are lost"
        )


def _otlp(endpoint: str, options: VerbOptions) -> CheckupRow:
    """A collector takes a request without spans, too."""
    what = f"OTLP collector at {redacted(endpoint)}"
    if not is_web_address(endpoint):
        return CheckupRow("traces", what, "failed", "is not a valid address")
    request = urllib.request.Request(  # noqa: S310 - http or https, as was checked
        endpoint, data=b"", headers={"Content-Type": "application/x-protobuf"}, method="POST"
    )
    do = f"Check the collector and its address ({options.to_give('otlp_endpoint', 'URL')}); runs work without it."
    try:
        with urllib.request.urlopen(request, timeout=COLLECTOR_SECONDS):  # noqa: S310
            return CheckupRow("traces", what, "ok", "takes spans")
    except urllib.error.HTTPError as problem:
        return CheckupRow("traces", what, "failed", f"answers {problem.code} to spans", do)
    except (OSError, HTTPException) as problem:
        return CheckupRow("traces", what, "failed", f"does not answer: {getattr(problem, 'reason', problem)}", do)


def _answers(url: str) -> bool:
    """Whether it answers as our service does."""
    try:
        with urllib.request.urlopen(url, timeout=WAIT_SECONDS) as answer:  # noqa: S310 - http
            return b'"alive"' in answer.read(1000)
    except (OSError, HTTPException, ValueError):
        return False
