"""What the operator wrote: values of settings without secrets, and the files that settings name, such as policies,
failure classes, prompts and limits. They are brought back beside the state, with a profile that leads to them: what
stands elsewhere on this machine is the operator's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mcp_servers.contract import private_files
from sre_agent.backup.manifest import BackupPart, PartKind
from sre_agent.backup.restored_configuration import VALUES, write_profile
from sre_agent.backup.sources import PartFile
from sre_agent.backup.sources.archives import below, read_archive, write_archive
from sre_agent.settings import ConfigurationCopy, StateAccess

FOLDER: Final = "configuration"
ARCHIVE: Final = "configuration.tar.gz"


class ConfigurationSource:
    """`sre_agent.backup.sources.BackupSource`."""

    kind: PartKind = "configuration"

    def __init__(self, access: StateAccess, configuration: ConfigurationCopy) -> None:
        self._access, self._configuration = access, configuration
        self._folder = access.state_dir / FOLDER

    def takes(self, part: BackupPart) -> bool:
        return True

    def write(self, scratch: Path) -> Iterator[PartFile]:
        copy, path, values = self._configuration, scratch / ARCHIVE, scratch / f".{VALUES}"
        files = {name: [str(one.absolute()) for one in paths] for name, paths in copy.files.items()}
        content = {"settings": copy.values, "withheld": copy.withheld, "files": files}
        private_files.write(values, json.dumps(content, indent=1) + "\n")
        pairs = [(VALUES, values)]
        for name, paths in copy.files.items():
            for number, one in enumerate(paths):
                pairs += below(one, f"{name}/{number}/{one.name}")
        count = write_archive(path, pairs)
        values.unlink()
        yield PartFile(path, {"settings": len(copy.values), "configuration_files": count - 1})

    def obstacles(self) -> list[str]:
        return [f"the folder {self._folder}"] if self._folder.exists() else []

    def restore(self, part: BackupPart, file: Path) -> None:
        read_archive(file, self._folder)
        write_profile(self._folder, self._access)
