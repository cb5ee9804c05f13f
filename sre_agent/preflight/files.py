"""Files, folders and addresses that settings name: whether they are there, and could be what they are given as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mcp_servers.redaction import redacted
from sre_agent.errors import SettingsError
from sre_agent.preflight.addresses import is_host_and_port, is_web_address
from sre_agent.preflight.options import VerbOptions
from sre_agent.settings import PolicySettings, Settings


def problems(settings: Settings, options: VerbOptions) -> Iterator[str]:
    for name in ("prometheus_url", "alertmanager_url", "aws_endpoint_url"):
        address = str(settings.value(name))
        if address and not is_web_address(address):
            give = options.to_give(name, "URL")
            yield f"{redacted(address)!r} is not a valid address. Give one with http:// or https:// and a host: {give}"
    xray = settings.tracing.xray_address
    if not is_host_and_port(xray):
        give = options.to_give("xray_address", "HOST:PORT")
        yield f"{xray!r} is not the address of an X-Ray daemon. Give its host and port: {give}"
    for name, what in (("runbook_folders", "runbooks"), ("failure_folders", "failure classes")):
        for folder in settings.value(name):
            if not folder.is_dir():
                give = options.to_give(name, "FOLDER")
                yield f"There is no folder of {what} {str(folder)!r}. Name one that exists: {give}"
    for name, what in (("entity_map", "entity map"), ("model_prices", "list of model prices"), ("limits", "limits")):
        file = settings.value(name)
        if file is not None and not file.is_file():
            yield f"There is no {what} {str(file)!r}. Name a file that exists: {options.to_give(name, 'FILE')}"
    yield from _policies(settings.policy, options)


def _policies(settings: PolicySettings, options: VerbOptions) -> Iterator[str]:
    folder = Path(settings.policies)
    if folder.is_dir() and not any(folder.glob("*.cedar")):
        yield f"The folder {settings.policies!r} has no .cedar files, so no policy would permit anything."
        return
    from sre_agent.policy import open_policy  # noqa: PLC0415 - Cedar, which `--help` does not need

    try:
        open_policy(settings.policies, limits=settings.limits)
    except SettingsError as problem:
        yield f"{problem} Name them with {options.to_give('policies', 'NAME-OR-FOLDER')}"
