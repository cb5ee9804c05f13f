"""Tools over what Prometheus watches: its alerts, its rules, its targets."""

from __future__ import annotations

from typing import Any, Final, Literal

from mcp_servers.contract.bounds import untrusted
from mcp_servers.contract.facts import Answer, Coverage, Observation, Relation
from mcp_servers.prometheus import inputs
from mcp_servers.prometheus.connection.client import Prometheus, PrometheusReply
from mcp_servers.prometheus.observe import extract
from mcp_servers.prometheus.tools.queries import goes_on, remainder
from mcp_servers.serving import cursors
from mcp_servers.serving.markdown import table, within
from mcp_servers.serving.registry import read_tool

DISPLAY_LIMIT: Final = 50
FACTS: Final = 20
CHARACTERS: Final = 6_000  # of listed items in one answer

RuleType = Literal["", "alert", "record"]
Health = Literal["", "up", "down", "unknown"]


class WatchTools:
    def __init__(self, client: Prometheus, cluster: str) -> None:
        self._client, self._cluster = client, cluster

    @read_tool("Alerts", name="prometheus_alerts", once="alerts")
    def alerts(self, cursor: inputs.Cursor = "") -> Answer:
        """List the alerts that are firing or pending."""
        reply = self._client.ask("alerts", "alerts()")
        every = reply.data["alerts"]
        firing = [alert for alert in every if alert["state"] == "firing"]
        observations: list[Observation] = []
        relations: list[Relation] = []
        for alert in firing[:DISPLAY_LIMIT]:
            observation, watch_relations = extract.firing(alert, self._cluster, self._client.host)
            observations.append(observation)
            relations += watch_relations
        rows = [_alert(alert) for alert in sorted(every, key=lambda a: (a["state"] != "firing", a.get("activeAt", "")))]
        offset = cursors.offset(cursor)
        page = within(rows[offset : offset + DISPLAY_LIMIT], CHARACTERS)
        table_rows = [[r["name"], r["state"], r["since"], r["labels"], untrusted(r["says"])] for r in page]
        return Answer(
            text=f"{len(firing)} alerts firing, {len(every) - len(firing)} pending.\n\n"
            + table(["alert", "state", "since", "labels", "says"], table_rows),
            as_of=reply.as_of,
            data={"alerts": page, "firing": len(firing)} | goes_on(offset + len(page), len(rows)),
            observations=observations[:FACTS],
            relations=relations[:FACTS],
            coverage=[_coverage_of("alerts", reply, cut=len(firing) > FACTS)],
            left_out=remainder(offset + len(page), len(rows), "alerts"),
        )

    @read_tool("Rules", name="prometheus_rules", once="rules")
    def rules(self, name: inputs.RuleName = "", type: inputs.RuleType = "", cursor: inputs.Cursor = "") -> Answer:
        """List alerting and recording rules: expression, `for`, state, and whether their evaluation fails.

        Rules that fail come first, then firing and pending ones.
        """
        reply = self._client.ask("rules", f"rules({name!r})", type=type)
        groups = reply.data["groups"]
        every = [(group["name"], rule) for group in groups for rule in group["rules"]]
        selection = [(group, rule) for group, rule in every if name.lower() in f"{group} {rule['name']}".lower()]
        selection.sort(key=lambda one: _urgency(one[1]))
        failing = [extract.failing_rule(group, rule, self._scope()) for group, rule in selection if _fails(rule)]
        offset = cursors.offset(cursor)
        page = within([_rule(group, rule) for group, rule in selection[offset : offset + DISPLAY_LIMIT]], CHARACTERS)
        rows = [[r["rule"], r["type"], r["state"], r["for"], r["expression"], untrusted(r["error"])] for r in page]
        head = f"{len(selection)} of {len(every)} rules in {len(groups)} groups; {len(failing)} fail to evaluate."
        return Answer(
            text=head + "\n\n" + table(["rule", "type", "state", "for, s", "expression", "error"], rows, 240),
            as_of=reply.as_of,
            data={"rules": page, "failing": len(failing)} | goes_on(offset + len(page), len(selection)),
            observations=failing[:FACTS],
            coverage=[_coverage_of("rules", reply, cut=len(failing) > FACTS)],
            left_out=remainder(offset + len(page), len(selection), "rules"),
        )

    @read_tool("Scrape targets", name="prometheus_targets", once="targets")
    def targets(self, job: inputs.Job = "", health: inputs.Health = "", cursor: inputs.Cursor = "") -> Answer:
        """List the scrape targets, those that are down first, with their error.

        A target that is down sends no samples: what it would report is unknown, not healthy.
        """
        reply = self._client.ask("targets", f"targets({job!r}, {health!r})", state="active")
        every = [t for t in reply.data["activeTargets"] if job.lower() in t["labels"].get("job", "").lower()]
        selection = [target for target in every if health in ("", target["health"])]
        selection.sort(
            key=lambda t: (t["health"] != "down", t["labels"].get("job", ""), t["labels"].get("instance", ""))
        )
        down = [target for target in every if target["health"] == "down"]
        observations = [extract.down(target, self._cluster, self._client.host) for target in down]
        offset = cursors.offset(cursor)
        page = within([_target(target) for target in selection[offset : offset + DISPLAY_LIMIT]], CHARACTERS)
        rows = [[t["job"], t["instance"], t["health"], t["last_scrape"], untrusted(t["error"])] for t in page]
        return Answer(
            text=f"{len(every)} targets, {len(down)} down.\n\n"
            + table(["job", "instance", "health", "last scrape", "error"], rows, 200),
            as_of=reply.as_of,
            data={"targets": page, "down": len(down)} | goes_on(offset + len(page), len(selection)),
            observations=observations[:FACTS],
            coverage=[_coverage_of("targets", reply, cut=len(down) > FACTS)],
            left_out=remainder(offset + len(page), len(selection), "targets"),
        )

    def _scope(self) -> str:
        return self._cluster or f"prometheus/{self._client.host}"


def _alert(alert: dict[str, Any]) -> dict[str, str]:
    return {
        "name": alert["labels"].get("alertname", ""),
        "state": alert["state"],
        "since": alert.get("activeAt", ""),
        "labels": extract.beside_name(alert["labels"])[:200],
        "says": extract.alert_text(alert)[:200],
    }


def _rule(group: str, rule: dict[str, Any]) -> dict[str, Any]:
    return {
        "group": group,
        "rule": rule["name"],
        "type": rule["type"],
        "state": rule.get("state", ""),
        "for": rule.get("duration", ""),
        "expression": rule["query"][:400],
        "health": rule.get("health", ""),
        "error": str(rule.get("lastError", ""))[:300],
        "alerts": len(rule.get("alerts") or []),
    }


def _fails(rule: dict[str, Any]) -> bool:
    return str(rule.get("health", "")) == "err"


def _urgency(rule: dict[str, Any]) -> tuple[bool, int]:
    states = {"firing": 0, "pending": 1}
    return not _fails(rule), states.get(str(rule.get("state", "")), 2)


def _target(target: dict[str, Any]) -> dict[str, str]:
    return {
        "job": target["labels"].get("job", ""),
        "instance": target["labels"].get("instance", ""),
        "labels": extract.series_name(target["labels"])[:200],
        "health": target["health"],
        "last_scrape": target.get("lastScrape", ""),
        "error": target.get("lastError", "")[:300],
    }


def _coverage_of(looked_at: str, reply: PrometheusReply, *, cut: bool) -> Coverage:
    if reply.warnings:
        return Coverage(looked_at=looked_at, state="partial", detail="; ".join(reply.warnings))
    return Coverage(looked_at=looked_at, state="truncated" if cut else "complete")
