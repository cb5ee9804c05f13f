"""The two tools that answers stand on: objects by conditions, and whole logs read once."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from mcp_servers.signals.logs.outlines import kinds, measures, outlines
from sre_lab.process import LabProcess
from tests.chat.world import PROD, RUNS


@asynccontextmanager
async def server(kubeconfig: Path) -> AsyncIterator[Client]:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "mcp_servers.kubernetes", "--kubeconfig", str(kubeconfig)]
    )
    async with Client(stdio_client(command)) as client:
        yield client


@pytest.fixture(scope="module")
def answers(shop_lab: LabProcess) -> dict[str, dict[str, Any]]:
    """The answers of both tools, asked over one session."""
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "all": ("kubectl_select", {"kind": "pods", "namespace": "batch", "group_by": "labels", "limit": 3}),
        "contains": ("kubectl_select", {"kind": "pod", "where": [{"column": "images", "contains": "CHECKOUT"}]}),
        "over": ("kubectl_select", {"kind": "pod", "where": [{"column": "restarts", "over": 4}]}),
        "size": ("kubectl_select", {"kind": "pvc", "where": [{"column": "size", "under": "8Gi"}], "columns": ["size"]}),
        "order": ("kubectl_select", {"kind": "pvc", "order_by": "-size", "columns": ["size"]}),
        "path": ("kubectl_select", {"kind": "pod", "namespace": "shop", "group_by": "spec.nodeName", "limit": 1}),
        "wrong": ("kubectl_select", {"kind": "pod", "where": [{"column": "name"}]}),
        "nowhere": ("kubectl_select", {"kind": "pod", "namespace": "shp"}),
        "aimed": ("kubectl_select", {"kind": "svc", "namespace": "shop", "of": "Deployment/checkout"}),
        "aimless": ("kubectl_select", {"kind": "node", "namespace": "shop", "of": "Deployment/checkout"}),
        "at nothing": ("kubectl_select", {"kind": "svc", "namespace": "shop", "of": "Deployment/chekout"}),
        "logs": ("kubectl_study_logs", {"namespace": "shop", "name": "checkout", "limit": 2}),
        "topic": ("kubectl_study_logs", {"namespace": "shop", "name": "checkout", "about": "invoice"}),
        "level": ("kubectl_study_logs", {"namespace": "shop", "name": "checkout", "level": "error"}),
    }

    async def ask_all() -> dict[str, dict[str, Any]]:
        async with server(shop_lab.endpoints.kubeconfig) as client:
            results = {name: await client.call_tool(tool, arguments) for name, (tool, arguments) in calls.items()}
        return {
            name: {"error": str(one.content)} if one.is_error else one.structured_content or {}
            for name, one in results.items()
        }

    return asyncio.run(ask_all())


def test_objects_are_counted_over_every_page_and_shown_within_bounds(answers: dict[str, dict[str, Any]]) -> None:
    answer = answers["all"]
    assert (answer["data"]["count"], len(answer["data"]["items"])) == (RUNS, 3)
    assert answer["data"]["groups"] == {"env=test": RUNS - PROD, "env=prod": PROD}
    assert answer["left_out"] == {"objects": RUNS - 3}


def test_conditions_compare_texts_in_any_case_and_amounts_by_what_they_mean(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["contains"]["data"]["count"] == 3
    assert [row["name"] for row in answers["over"]["data"]["items"]] == ["cart-6c8f9d7b5-cccc3"]
    assert [row["size"] for row in answers["size"]["data"]["items"]] == ["5Gi"]
    assert [row["size"] for row in answers["order"]["data"]["items"]] == ["20Gi", "8Gi", "5Gi"]
    assert answers["path"]["data"]["groups"] == {"node-a": 5, "node-b": 2}


def test_what_cannot_be_meant_teaches(answers: dict[str, dict[str, Any]]) -> None:
    assert "exactly one of is, is_not" in answers["wrong"]["error"]
    assert "no namespace shp" in answers["nowhere"]["error"] and "shop" in answers["nowhere"]["error"]
    assert "[bad_request]" in answers["aimless"]["error"] and "PodDisruptionBudget" in answers["aimless"]["error"]
    assert "[not_found]" in answers["at nothing"]["error"] and "chekout" in answers["at nothing"]["error"]


def test_what_selects_a_workload_is_found_by_its_labels_and_not_by_its_name(answers: dict[str, dict[str, Any]]) -> None:
    assert [row["name"] for row in answers["aimed"]["data"]["items"]] == ["checkout"]
    assert answers["aimed"]["data"]["looked_at"] == 2


def test_a_log_is_counted_whole_and_its_kinds_and_numbers_are_told(answers: dict[str, dict[str, Any]]) -> None:
    log = answers["logs"]["data"]
    assert (log["read"], log["errors"], log["warnings"], len(log["lines"])) == (15, 1, 1, 2)
    assert log["kinds"][0]["severity"] == "error"
    measure = next(m for m in log["measures"] if "drawn" in m["name"])
    assert (measure["count"], measure["least"], measure["most"]) == (4, 0.2, 3.8)


def test_a_topic_narrows_to_the_parts_that_a_line_of_it_begins(answers: dict[str, dict[str, Any]]) -> None:
    measure = next(m for m in answers["topic"]["data"]["measures"] if "drawn" in m["name"])
    assert (measure["count"], measure["least"], measure["most"]) == (2, 3.4, 3.8)
    assert [line["text"] for line in answers["level"]["data"]["lines"]] == ["ERROR card service refused the charge"]


def test_lines_that_differ_in_numbers_are_looked_at_once() -> None:
    lines = [(None, f"request {n} took {100 + n} ms, pool {n}/50") for n in range(50)]
    (outline,) = outlines(lines)
    assert outline.count == 50
    duration, pool = measures([outline])
    assert (duration.unit, duration.as_data()["least"], round(duration.as_data()["most"], 3)) == ("s", 0.1, 0.149)
    assert (pool.unit, pool.whole, pool.as_data()["most"]) == ("of", 50.0, 49.0)
    assert [kind.count for kind in kinds([outline])] == [50]


def test_fields_of_a_json_line_are_numbers_with_the_unit_of_their_name() -> None:
    lines = [(None, json.dumps({"level": "info", "msg": "done", "wait_ms": n, "ok": True})) for n in (1500, 2500)]
    (measure,) = measures(outlines(lines), ["wait"])
    assert (measure.name, measure.unit, measure.numbers) == ("wait_ms", "s", [1.5, 2.5])
