"""Where batch jobs are kept between their submission and their answers, so that any process finds them again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from mcp_servers.contract import private_files
from sre_agent.errors import BadInputError
from sre_agent.model.batch.job import BatchJob

ID: Final = re.compile(r"batch-[0-9a-f]{12}")


class BatchJobFiles:
    """Jobs as files of one folder, readable by their owner alone: what was asked about may be in them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, job: BatchJob) -> BatchJob:
        private_files.write(self._path(job.id), job.model_dump_json(indent=1))
        return job

    def drop(self, job: BatchJob) -> None:
        self._path(job.id).unlink(missing_ok=True)

    def job(self, id_: str) -> BatchJob:
        """Raises BadInputError for a job that is not there, with those that are."""
        ids = self.ids()
        if id_ not in ids:
            have = f"There are: {', '.join(ids)}." if ids else "There is none."
            raise BadInputError(f"There is no batch job {id_!r} in {self._folder}. {have}")
        try:
            return BatchJob.model_validate_json(self._path(id_).read_text(encoding="utf-8"))
        except ValidationError as problem:
            raise BadInputError(f"The batch job {self._path(id_)} is not readable by this version.") from problem

    def jobs(self) -> list[BatchJob]:
        return [self.job(id_) for id_ in self.ids()]

    def ids(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("batch-*.json") if ID.fullmatch(path.stem))

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"
