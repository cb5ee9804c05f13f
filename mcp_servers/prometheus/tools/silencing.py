"""Tools over an Alertmanager: the alerts it holds, who is kept from hearing of them, and why."""

from __future__ import annotations

from typing import Any, Final

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.prometheus import inputs
from mcp_servers.prometheus.connection.alertmanager import Alertmanager
from mcp_servers.prometheus.observe import extract
from mcp_servers.prometheus.tools.queries import goes_on, remainder
from mcp_servers.serving import cursors
from mcp_servers.serving.errors import TeachingError
from mcp_servers.serving.gaps import gap
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool

DISPLAY_LIMIT: Final = 50
FACTS: Final = 20
CHARACTERS: Final = 6_000  # of listed items in one answer
ORDER: Final = {"active": 0, "pending": 1, "expired": 2}


class SilenceTools:
    def __init__(self, client: Alertmanager, cluster: str) -> None:
        self._client, self._cluster = client, cluster

    @read_tool("Alerts of the Alertmanager")
    def alertmanager_alerts(self, filter: inputs.Matchers = None, cursor: inputs.Cursor = "") -> Answer:
        """List the alerts in the Alertmanager; silenced and inhibited ones notify nobody."""
        request = f"alertmanager_alerts({filter or []})"
        listing = self._client.list("alerts", request, filter=filter or [])
        silences, gaps = self._silences(request)
        every = sorted(listing.items, key=lambda a: (a["status"]["state"] != "active", a.get("startsAt", "")))
        observations: list[Observation] = []
        relations: list[Relation] = []
        for alert in every[:DISPLAY_LIMIT]:
            plain = alert | {"activeAt": alert.get("startsAt", "")}
            observation, watch_relations = extract.firing(plain, self._cluster, self._client.host)
            observations += [observation, *extract.muted(alert, silences, observation.subject)]
            relations += watch_relations
        offset = cursors.offset(cursor)
        page = within([_alert(alert, silences) for alert in every[offset : offset + DISPLAY_LIMIT]], CHARACTERS)
        quiet = sum(alert["status"]["state"] == "suppressed" for alert in every)
        rows = [[r["name"], r["state"], r["since"], r["labels"], untrusted(r["quiet_because"])] for r in page]
        return Answer(
            text=f"{len(every)} alerts, {quiet} of them silenced or inhibited.\n\n"
            + table(["alert", "state", "since", "labels", "quiet because"], rows),
            as_of=listing.as_of,
            data={"alerts": page, "suppressed": quiet} | goes_on(offset + len(page), len(every)),
            observations=observations[: 2 * FACTS],
            relations=relations[:FACTS],
            coverage=[
                _coverage_of("alerts of the Alertmanager", len(observations) > 2 * FACTS or len(every) > DISPLAY_LIMIT),
                *gaps,
            ],
            left_out=remainder(offset + len(page), len(every), "alerts"),
        )

    @read_tool("Silences", name="alertmanager_silences", once="silences")
    def silences(
        self, filter: inputs.Matchers = None, expired: inputs.Expired = False, cursor: inputs.Cursor = ""
    ) -> Answer:
        """List the silences of the Alertmanager: what they match, until when, who created them and why."""
        listing = self._client.list("silences", f"silences({filter or []})", filter=filter or [])
        every = [silence for silence in listing.items if expired or silence["status"]["state"] != "expired"]
        every.sort(key=lambda silence: (ORDER.get(silence["status"]["state"], 3), silence.get("endsAt", "")))
        offset = cursors.offset(cursor)
        page = within([_silence(silence) for silence in every[offset : offset + DISPLAY_LIMIT]], CHARACTERS)
        rows = [[s["state"], s["matches"], s["until"], s["by"], untrusted(s["comment"])] for s in page]
        active = sum(silence["status"]["state"] == "active" for silence in every)
        return Answer(
            text=f"{active} silences are active, {len(every) - active} others.\n\n"
            + table(["state", "matches", "until", "by", "comment"], rows, 200),
            as_of=listing.as_of,
            data={"silences": page, "active": active} | goes_on(offset + len(page), len(every)),
            coverage=[_coverage_of("silences of the Alertmanager", False)],
            left_out=remainder(offset + len(page), len(every), "silences"),
        )

    def _silences(self, request: str) -> tuple[dict[str, dict[str, Any]], list[Coverage]]:
        try:
            listing = self._client.list("silences", request)
        except TeachingError as problem:
            return {}, [gap(problem, "silences of the Alertmanager")]
        return {silence["id"]: silence for silence in listing.items}, []


def _alert(alert: dict[str, Any], silences: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        "name": alert["labels"].get("alertname", ""),
        "state": alert["status"]["state"],
        "since": alert.get("startsAt", ""),
        "labels": extract.beside_name(alert["labels"])[:200],
        "says": extract.alert_text(alert)[:200],
        "quiet_because": "; ".join(reason for reason, _ in extract.quiet(alert, silences))[:300],
    }


def _silence(silence: dict[str, Any]) -> dict[str, str]:
    return {
        "id": silence["id"],
        "state": silence["status"]["state"],
        "matches": extract.matchers(silence)[:300],
        "from": silence.get("startsAt", ""),
        "until": silence.get("endsAt", ""),
        "by": silence.get("createdBy", "")[:100],
        "comment": silence.get("comment", "")[:300],
    }


def _coverage_of(looked_at: str, cut: bool) -> Coverage:
    return Coverage(looked_at=looked_at, state="truncated" if cut else "complete")
