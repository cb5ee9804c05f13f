"""Which AWS account and region are read, and through which endpoint."""

from __future__ import annotations

from pydantic import Field

from sre_agent.settings.area import Area


class AwsSettings(Area):
    aws_endpoint_url: str = Field("", description="one endpoint for all AWS services; empty: the real ones")
    aws_region: str = Field("", description="region; empty: the SDK's usual places")
    aws_profile: str = Field("", description="credentials profile; empty: the SDK's usual chain")
    aws_role: str = Field("", description="ARN of a role to assume with these credentials, to read; empty: none")
    aws_external_id: str = Field("", description="external id that the role's owner asks for; empty: none")
