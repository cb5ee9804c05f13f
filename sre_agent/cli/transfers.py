"""What `backup` and `restore` have in common: options, the installation that settings name, and lines of progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sre_agent.cli.printing import say
from sre_agent.clock import SystemClock
from sre_agent.settings import ConfigurationCopy, Settings

if TYPE_CHECKING:
    from sre_agent.backup.installation import Installation
    from sre_agent.backup.manifest import BackupPart

PassphraseFile = Annotated[
    Path | None, typer.Option(help="file with the passphrase of the keys; default: the setting backup_passphrase_file")
]
KmsKey = Annotated[str, typer.Option(help="symmetric KMS key of the keys, as ARN or alias, in place of a passphrase")]
SILENT_SECONDS: Final = 1.0  # what is over by then says nothing on its way
UNITS: Final = ("B", "kB", "MB", "GB", "TB")


@contextmanager
def installation_of(settings: Settings) -> Iterator[Installation]:
    from sre_agent.aws_services.clients import AwsServices  # noqa: PLC0415
    from sre_agent.backup.installation import Installation  # noqa: PLC0415

    access = settings.state_access
    services = AwsServices(access)
    try:
        yield Installation(access, ConfigurationCopy.of(settings), services, SystemClock())
    finally:
        services.close()


def with_sealing(settings: Settings, passphrase_file: Path | None, kms_key: str) -> Settings:
    """The settings with what was given on the command line; one of the two there turns the other one off."""
    if passphrase_file is None and not kms_key:
        return settings
    whole = passphrase_file.absolute() if passphrase_file is not None else None  # a restored profile is read elsewhere
    return settings.model_copy(update={"backup_passphrase_file": whole, "backup_kms_key": kms_key})


def part_lines(verb: str, *, as_json: bool) -> Callable[[BackupPart], None]:
    """Says each part on standard error, once the whole takes longer than a moment."""
    begin = time.monotonic()

    def tell(part: BackupPart) -> None:
        seconds = time.monotonic() - begin
        if not as_json and seconds > SILENT_SECONDS:
            say(f"  {seconds:5.1f} s  {verb} {part.name} ({size_text(part.size)})", err=True)

    return tell


def size_text(size: float) -> str:
    """As people read sizes: 3.4 MB."""
    for unit in UNITS:
        if size < 1000 or unit == UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return ""
