"""Places and sealings by what settings and options name."""

from __future__ import annotations

from pathlib import Path

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.places import NAME, S3, BackupPlace
from sre_agent.backup.places.folder import FolderPlace
from sre_agent.backup.places.s3 import S3Place
from sre_agent.backup.sealing import Sealing, read_passphrase
from sre_agent.errors import BadInputError
from sre_agent.settings import BackupSettings, StateAccess


def open_place(address: str, services: AwsServices, access: StateAccess) -> BackupPlace:
    """A folder, or s3://BUCKET/PREFIX. Raises SettingsError."""
    if address.startswith(S3):
        return S3Place(services, address, kms_key=access.state_kms_key)
    return FolderPlace(Path(address).absolute())


def find_backup(address: str, services: AwsServices, access: StateAccess) -> tuple[BackupPlace, str]:
    """A backup that is named itself, or the newest one of a place. Raises BadInputError where there is none."""
    above, _, last = address.rstrip("/").rpartition("/")
    if NAME.fullmatch(last):
        return open_place(above or ".", services, access), last
    place = open_place(address, services, access)
    names = place.backups()
    if not names:
        raise BadInputError(f"There is no whole backup in {place.address}.")
    return place, names[-1]


def sealing_of(settings: BackupSettings, services: AwsServices) -> Sealing:
    """A passphrase where a file of one is named, else KMS where a key is named. Raises SettingsError."""
    if settings.backup_passphrase_file is not None:
        return Sealing(passphrase=read_passphrase(settings.backup_passphrase_file), services=services)
    return Sealing(kms_key=settings.backup_kms_key, services=services)
