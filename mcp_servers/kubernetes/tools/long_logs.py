"""What a log says beyond its newest lines: the rare line before a flood, what grew, who sent most, how fast it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mcp_servers.contract.facts import Coverage, Observation
from mcp_servers.contract.observations import OBSERVATIONS
from mcp_servers.contract.observations.record import WELL
from mcp_servers.kubernetes.connection.api import Api
from mcp_servers.kubernetes.snapshot import objects as o
from mcp_servers.kubernetes.snapshot.log_runs import LogRequest
from mcp_servers.kubernetes.tools.log_streams import read_run
from mcp_servers.signals.logs.signs import signs

LINES: Final = 100_000  # the newest of a run: an investigation reads several logs


@dataclass(frozen=True)
class LongLog:
    """`decisive`: what the rare lines before floods say; `shape`: what the log shows as a whole."""

    decisive: list[Observation]
    shape: list[Observation]
    coverage: Coverage


def long_log(api: Api, namespace: str, run: LogRequest) -> LongLog:
    """One run, read from its beginning or as far back as LINES reach."""
    from mcp_servers.signals.logs.log_shape import before_floods, shape  # noqa: PLC0415 - the list of tools needs none of it
    from mcp_servers.signals.logs.outlines import LogDigest  # noqa: PLC0415

    digest = LogDigest()
    read = read_run(api, namespace, run, digest.add, LINES)
    subject = o.subject(api.name, run.pod)
    sign_observations = [
        sign
        for line in before_floods(digest)
        for sign in signs([line], subject)
        if OBSERVATIONS[sign.code].polarity != WELL
    ]
    coverage = read.coverage.model_copy(update={"looked_at": f"{read.coverage.looked_at} from its beginning"})
    return LongLog(sign_observations, shape(digest, subject), coverage)
