"""The shipped specialists name only tools that exist, and fill in their opening calls strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_servers.cloudwatch.server import build as cloudwatch
from mcp_servers.contract.facts import Subject
from mcp_servers.kubernetes.connection.clusters import Clusters
from mcp_servers.kubernetes.server import build as kubernetes
from mcp_servers.prometheus.connection.client import Prometheus
from mcp_servers.prometheus.server import build as prometheus
from mcp_servers.serving.arguments import ServerOptions
from mcp_servers.serving.aws import AwsAccount
from mcp_servers.serving.server import ToolServer
from mcp_servers.ssm.server import build as ssm
from sre_agent.agents.roster import roster
from sre_agent.domain.signal import AlarmRef
from sre_agent.errors import SettingsError

pytestmark = pytest.mark.anyio
READ_ONLY = ServerOptions("stdio", "127.0.0.1", 0, False, (), None, None)


def servers() -> dict[str, ToolServer]:
    return {
        "kubernetes": kubernetes(Clusters(), READ_ONLY),
        "cloudwatch": cloudwatch(AwsAccount()),
        "prometheus": prometheus(Prometheus("http://127.0.0.1:9", ""), cluster=""),
        "ssm": ssm(AwsAccount(), READ_ONLY),
    }


async def test_every_tool_of_a_specialist_exists_on_its_server_and_only_reads() -> None:
    there = {name: {t.name: t for t in await server.mcp.list_tools()} for name, server in servers().items()}
    for specialist in roster().values():
        for server, tools in specialist.tools.items():
            for tool in tools:
                assert tool in there[server], f"{specialist.name} names {server}.{tool}"
                annotations = there[server][tool].annotations
                assert annotations is not None and annotations.read_only_hint, f"{tool} is no read tool"


async def test_every_argument_of_an_opening_call_is_one_that_its_tool_takes() -> None:
    there = {t.name: t for server in servers().values() for t in await server.mcp.list_tools()}
    for specialist in roster().values():
        for opening in specialist.opening:
            assert set(opening.arguments) <= set(there[opening.tool].input_schema["properties"])


def test_an_opening_call_is_filled_in_for_its_subject_and_left_out_when_its_condition_fails() -> None:
    metrics = roster()["metrics"]
    names = {"start": "s", "end": "e"}
    alarm = AlarmRef(name="slow", kept_by="cloudwatch", namespace="Shop", metric="Latency", period=10)
    arguments = {call.tool: call.call({"alarm": alarm, **names}) for call in metrics.opening if call.each == "alarm"}
    assert arguments["describe_alarm"] == {"name": "slow"}
    assert arguments["get_metric"] is not None and arguments["get_metric"]["period"] == 10, "values keep their type"
    assert arguments["prometheus_alerts"] is None, "this alarm is not Prometheus'"
    [opening] = [c for c in roster()["logs"].opening if "Deployment" in c.kinds]
    subject = Subject(scope="c", kind="Deployment", namespace="shop", name="007")
    assert opening.call({"subject": subject, **names}) == {"namespace": "shop", "name": "007"}, "a name stays text"


def test_a_specialist_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_text("---\nname: odd\n---\nno tools here\n")
    with pytest.raises(SettingsError, match=r"odd\.md"):
        roster(tmp_path)
