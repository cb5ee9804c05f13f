"""The control plane of Amazon Bedrock AgentCore Runtime: runtimes, their endpoints and tags, with the states between.

A request is checked by the service's own model, its role in IAM and its image in ECR. A runtime that is made has no
container: what an invocation reaches, a test puts there (`sre_lab.aws.agentcore`).
"""

from __future__ import annotations

from sre_lab.aws.agentcore_control.account import break_next, connect, deny
from sre_lab.aws.agentcore_control.operations import OPERATIONS

__all__ = ["OPERATIONS", "break_next", "connect", "deny"]
