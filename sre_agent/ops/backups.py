"""The one place where checks reach backups: where they are, the last one's manifest, and a restore of it."""

from __future__ import annotations

from typing import Final

from sre_agent.aws_services.clients import AwsServices
from sre_agent.backup.installation import Installation
from sre_agent.backup.manifest import BackupManifest, read_manifest
from sre_agent.backup.opening import find_backup, open_place, sealing_of
from sre_agent.backup.places import BackupPlace
from sre_agent.backup.restoring import Restore
from sre_agent.backup.sealing import Sealing
from sre_agent.ops.check import OpsFinding
from sre_agent.ops.installation import InstallationView
from sre_agent.settings import ConfigurationCopy, StateAccess

PERMISSIONS: Final = ("s3:ListBucket", "s3:GetObject", "kms:Decrypt")  # of the bucket of backups and its key
NO_PLACE: Final = OpsFinding.not_set_up(
    "No place for backups is set.", "Set `backup_to`, and run sre-agent backup each half hour."
)


def place_of(installation: InstallationView) -> BackupPlace:
    settings = installation.settings
    return open_place(settings.backup.backup_to, installation.services, settings.state_access)


def last_manifest(installation: InstallationView) -> BackupManifest | None:
    """None where there is no whole backup. Raises BadInputError for a manifest that cannot be read."""
    place = place_of(installation)
    names = place.backups()
    return read_manifest(place.manifest(names[-1]), f"{place.address}/{names[-1]}") if names else None


def manifests(installation: InstallationView) -> list[BackupManifest]:
    """Of all that are there, oldest first. Raises BadInputError for one that cannot be read."""
    place = place_of(installation)
    return [read_manifest(place.manifest(name), f"{place.address}/{name}") for name in place.backups()]


def restore_into(
    installation: InstallationView,
    access: StateAccess,
    sealing: Sealing | None = None,
    services: AwsServices | None = None,
) -> Restore:
    """The last backup on its way into the installation of `access`, which `services` reach, opened with what the
    settings name unless another sealing is given. Raises BadInputError where there is none."""
    settings = installation.settings
    place, name = find_backup(settings.backup.backup_to, installation.services, settings.state_access)
    target = Installation(access, ConfigurationCopy.of(settings), services or installation.services, installation.clock)
    return Restore(target, place, name, sealing or sealing_of(settings.backup, installation.services))
