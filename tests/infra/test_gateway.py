"""The policies of the gateway in AgentCore permit the tools that are named, on that gateway, and nothing else."""

from __future__ import annotations

import cedarpy
import pytest

from tests.infra.iam import INFRA

GATEWAY = "arn:aws:bedrock-agentcore:eu-west-1:111122223333:gateway/sre-agent-0123456789"
POLICY = INFRA / "terraform" / "modules" / "gateway" / "policies" / "tools.cedar"


@pytest.mark.parametrize(
    ("tool", "gateway", "allows"),
    [
        ("kubernetes___kubectl_get", GATEWAY, True),
        ("kubernetes___kubectl_logs", GATEWAY, True),
        ("kubernetes___kubectl_delete", GATEWAY, False),
        ("prometheus___kubectl_get", GATEWAY, False),
        ("kubernetes___kubectl_get", f"{GATEWAY}x", False),
    ],
)
def test_a_tool_is_permitted_by_its_name_on_its_gateway(tool: str, gateway: str, allows: bool) -> None:
    actions = ", ".join(f'AgentCore::Action::"kubernetes___{name}"' for name in ("kubectl_get", "kubectl_logs"))
    policy = POLICY.read_text("utf-8").replace("${actions}", actions).replace("${gateway}", GATEWAY)
    request = {
        "principal": 'AgentCore::OAuthUser::"someone"',
        "action": f'AgentCore::Action::"{tool}"',
        "resource": f'AgentCore::Gateway::"{gateway}"',
        "context": {},
    }
    decision = cedarpy.is_authorized(request, policy, [])
    assert (decision.allowed, decision.diagnostics.errors) == (allows, [])
