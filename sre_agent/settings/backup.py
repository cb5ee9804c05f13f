"""Where backups go, how many are kept, and what their keys are encrypted with."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from sre_agent.settings.area import Area


class BackupSettings(Area):
    backup_to: str = Field(
        "", description="folder or s3://BUCKET/PREFIX that backups are written to; empty: `backup` needs --to"
    )
    backup_keep: int = Field(
        48,
        ge=0,
        description="backups that are kept, the newest first; 0 keeps all; one each half hour makes a day of 48",
    )
    backup_passphrase_file: Path | None = Field(
        None,
        description="file with the passphrase that encrypts the keys of a backup; keep a copy away from this machine",
    )
    backup_kms_key: str = Field(
        "",
        description="symmetric KMS key, as ARN or alias, that encrypts the keys of a backup in place of a passphrase",
    )
