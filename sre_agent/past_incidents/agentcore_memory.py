"""Past incidents in Amazon Bedrock AgentCore Memory: for responders whose state folder does not outlive them.

A record of AgentCore Memory has one namespace and no key of ours, so each incident has three records with all of it,
in the namespaces by which it is asked for: of itself, of its alarm, and of its namespace, in which words are searched.
Only code writes them (no strategy of the memory extracts anything), and a changed incident is written anew before the
old records go: a reader meets the new one, the old one, or both. AWS shows a new record to readers within seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from sre_agent.aws_services.clients import AwsServices
from sre_agent.domain.base import IncidentId
from sre_agent.domain.past_incident import PastIncident
from sre_agent.errors import SettingsError, TemporaryError
from sre_agent.settings import StateAccess
from sre_agent.store.contract.past_incidents import words_of

SERVICE: Final = "bedrock-agentcore"
ROOT: Final = "/sre-agent/past"
EVERY: Final = f"{ROOT}/incidents"
PAGE: Final = 100  # records of one request, read or removed
SEARCHED: Final = 100  # records that a search by words may bring, at most
CONTENT: Final = 16_000  # characters of a record
QUERY: Final = 10_000  # characters of a search
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}")
Record = dict[str, Any]


class AgentCorePastIncidents:
    """`sre_agent.store.contract.past_incidents.PastIncidentStore` over one memory."""

    def __init__(self, services: AwsServices, memory: str) -> None:
        self._services, self._memory = services, memory

    async def keep_past_incident(self, past: PastIncident) -> None:
        stale = await self._records_of(past.incident)
        content = {"text": _content(past)}
        answer = await self._call(
            "batch_create_memory_records",
            records=[
                {"requestIdentifier": kind, "namespaces": [place], "content": content, "timestamp": past.ended_at}
                for kind, place in _places(past).items()
            ],
        )
        if failures := answer["failedRecords"]:
            why = failures[0].get("errorMessage", "no reason is given")
            raise TemporaryError(f"AgentCore Memory did not keep {past.incident}: {why}")
        await self._remove(stale)

    async def past_incident(self, incident: IncidentId) -> PastIncident | None:
        return next(iter(_newest_first(await self._list(namespace=_own_place(incident)))), None)

    async def past_incidents(
        self, *, place: str = "", namespace: str | None = None, limit: int = 200, before: str = ""
    ) -> list[PastIncident]:
        path = EVERY if namespace is None else _list_of(place, "namespaces", namespace)
        past = _newest_first(await self._list(namespacePath=path))
        if before:
            places = [one.incident for one in past]
            past = past[places.index(IncidentId(before)) + 1 :] if before in places else []
        return past[:limit]

    async def past_incidents_of_alarm(self, alarm: str, *, place: str, limit: int) -> list[PastIncident]:
        return _newest_first(await self._list(namespacePath=_list_of(place, "alarms", alarm)))[:limit]

    async def past_incidents_like(self, text: str, *, place: str, namespace: str, limit: int) -> list[PastIncident]:
        """A search brings what is nearest in meaning, however far: what shares no word is left out."""
        words = words_of(text)
        if not words:
            return []
        answer = await self._call(
            "retrieve_memory_records",
            namespacePath=_list_of(place, "namespaces", namespace),
            searchCriteria={"searchQuery": " ".join(words)[:QUERY], "topK": SEARCHED},
            maxResults=SEARCHED,
        )
        nearest = list(_read(answer["memoryRecordSummaries"]))
        by_incident = {one.incident: one for one in reversed(nearest)}
        ranked = [by_incident[name] for name in dict.fromkeys(one.incident for one in nearest)]
        return [one for one in ranked if set(words) & set(words_of(one.text))][:limit]

    async def forget_past_incident(self, incident: IncidentId) -> bool:
        records = await self._records_of(incident)
        await self._remove(records)
        return bool(records)

    async def forget_past_incidents(self, *, ended_before: datetime, most: int) -> list[IncidentId]:
        past = _newest_first(await self._list(namespacePath=EVERY))
        old = [one.incident for number, one in enumerate(past) if number >= most or one.ended_at < ended_before]
        for incident in old:
            await self.forget_past_incident(incident)
        return old

    async def close(self) -> None:
        self._services.close()

    async def _records_of(self, incident: IncidentId) -> list[Record]:
        """Those of an incident, wherever they stand; that of itself last, so that a removal that breaks off is taken
        up again."""
        own = await self._list(namespace=_own_place(incident))
        places = dict.fromkeys(place for one in _read(own) for place in _places(one).values())
        others = [await self._list(namespace=place) for place in places if place != _own_place(incident)]
        return [*(record for records in others for record in records), *own]

    async def _remove(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), PAGE):
            ids = [{"memoryRecordId": one["memoryRecordId"]} for one in records[start : start + PAGE]]
            answer = await self._call("batch_delete_memory_records", records=ids)
            if failures := answer["failedRecords"]:
                raise TemporaryError(f"AgentCore Memory did not remove {failures[0]['memoryRecordId']}.")

    async def _list(self, **where: str) -> list[Record]:
        """All records of a namespace, or below a path."""
        records: list[Record] = []
        token: dict[str, str] = {}
        while True:
            answer = await self._call("list_memory_records", maxResults=PAGE, **where, **token)
            records += answer["memoryRecordSummaries"]
            if not answer.get("nextToken"):
                return records
            token = {"nextToken": answer["nextToken"]}

    async def _call(self, operation: str, **params: Any) -> dict[str, Any]:
        return await self._services.call(SERVICE, operation, memoryId=self._memory, **params)


def from_settings(settings: StateAccess) -> AgentCorePastIncidents:
    """Raises SettingsError."""
    if not settings.memory_id:
        raise SettingsError(
            "past_incidents = agentcore_memory needs memory_id (SRE_AGENT_MEMORY_ID), the memory's id or ARN."
        )
    return AgentCorePastIncidents(AwsServices(settings), settings.memory_id)


def _places(past: PastIncident) -> dict[str, str]:
    """The namespaces of its records, by kind."""
    return {
        "incident": _own_place(past.incident),
        "alarm": f"{_list_of(past.place, 'alarms', past.alarm)}/{_segment(past.incident)}",
        "namespace": f"{_list_of(past.place, 'namespaces', past.namespace)}/{_segment(past.incident)}",
    }


def _own_place(incident: IncidentId) -> str:
    return f"{EVERY}/{_segment(incident)}"


def _list_of(place: str, kind: str, name: str) -> str:
    return f"{ROOT}/places/{_segment(place)}/{kind}/{_segment(name)}"


def _segment(name: str) -> str:
    """A part of a namespace: as it is, or where AgentCore does not allow that a digest, which no plain name is."""
    return name if _PLAIN.fullmatch(name) else f"_{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _content(past: PastIncident) -> str:
    """What is searched, and below it the whole as JSON. What is too long loses first what it only showed people."""
    few = past.model_copy(update={"ruled_out": []})
    fewest = few.model_copy(update={"subjects": past.subjects[:5], "remedies": []})
    words = " ".join(past.text.split())[:1000]
    texts = [f"{words}\n{one.model_dump_json()}" for one in (past, few, fewest)]
    return next((text for text in texts if len(text) <= CONTENT), texts[-1][:CONTENT])


def _read(records: Sequence[Record]) -> Iterator[PastIncident]:
    """What another version wrote otherwise, or somebody else put there, is nothing that is remembered."""
    for record in records:
        with suppress(ValidationError):
            yield PastIncident.model_validate_json(record["content"]["text"].partition("\n")[2])


def _newest_first(records: Sequence[Record]) -> list[PastIncident]:
    """Each incident once, as it was written last; the one that ended last first."""
    in_order = sorted(records, key=lambda record: record["createdAt"])
    past = {one.incident: one for one in _read(in_order)}
    return sorted(past.values(), key=lambda one: (one.ended_at, one.incident), reverse=True)
