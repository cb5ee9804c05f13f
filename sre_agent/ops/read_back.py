"""Reads a restored installation back as the responder would: its record, incidents, what is remembered, checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from sre_agent.backup.manifest import BackupManifest
from sre_agent.domain.incident import Incident
from sre_agent.errors import SreAgentError
from sre_agent.ops.check import OpsState
from sre_agent.record.checking import check
from sre_agent.settings import StateAccess
from sre_agent.slots import open_slot, open_store
from sre_agent.store import Store
from sre_agent.store.contract.storage_errors import STORAGE_ERRORS

PAGE: Final = 500
ENDED: Final = 200  # of the newest, whose checkpoints are read; those of open ones all are
SHOWN: Final = 3  # faults of one kind
UNREADABLE: Final = (SreAgentError, ValueError, KeyError, TypeError, *STORAGE_ERRORS)


@dataclass
class ReadBack:
    """What there is of each, and what is not as it should be."""

    counts: dict[str, int] = field(default_factory=lambda: {"incidents": 0, "past_incidents": 0, "checkpoints": 0})
    faults: list[tuple[OpsState, str]] = field(default_factory=list)


async def read_back(access: StateAccess, manifest: BackupManifest) -> ReadBack:
    """All of it, by the engines that keep it. What raises while it is read is a fault of the backup."""
    outcome, store = ReadBack(), open_store(access)
    try:
        await _read_record(store, manifest, outcome)
        await _read_incidents(store, access, outcome)
        before = ""
        while past := await store.past_incidents(limit=PAGE, before=before):
            outcome.counts["past_incidents"] += len(past)
            before = past[-1].incident
    except UNREADABLE as problem:
        outcome.faults.append(("problem", f"What was restored cannot be read: {problem}"))
    finally:
        await store.close()
    return outcome


async def _read_record(store: Store, manifest: BackupManifest, outcome: ReadBack) -> None:
    """With the evidence that it names."""
    last = await store.last_event()
    outcome.counts["entries"] = last
    if last < manifest.record:
        outcome.faults.append(("problem", f"The record ends at entry {last} instead of {manifest.record}."))
    if manifest.seal == "none":
        outcome.faults.append(("warning", "The backup has no keys: the restored record cannot be verified."))
    elif not (record := await check(store, await store.record_keys(), await store.heads_apart())).holds:
        outcome.faults += [("problem", fault) for fault in record.faults[:SHOWN]]


async def _read_incidents(store: Store, access: StateAccess, outcome: ReadBack) -> None:
    """Each of them, and the checkpoint that the next step of its run begins with."""
    unreadable: list[str] = []
    async with open_slot("checkpoint", access) as checkpoints:
        async for number, incident in _incidents(store):
            outcome.counts["incidents"] = number
            if not incident.open and number > ENDED:
                continue
            config: Any = {"configurable": {"thread_id": incident.id, "checkpoint_ns": ""}}
            try:
                outcome.counts["checkpoints"] += await checkpoints.aget_tuple(config) is not None
            except UNREADABLE as problem:
                unreadable.append(f"The checkpoint of {incident.id} cannot be read: {problem}")
    outcome.faults += [("problem", text) for text in unreadable[:SHOWN]]


async def _incidents(store: Store) -> AsyncIterator[tuple[int, Incident]]:
    """Numbered, the newest first."""
    number, before = 0, ""
    while page := await store.incidents(limit=PAGE, before=before):
        for incident in page:
            number += 1
            yield number, incident
        before = page[-1].id
