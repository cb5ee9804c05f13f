"""What the services of AWS are called that keep the state, where `store`, `past_incidents`, `queue`, `checkpoint`,
`permit_keys` or `used_permits` name one of them.

They are set apart from `aws_endpoint_url`, `aws_region` and `aws_profile`: those say which account is investigated, and
a responder may look into many accounts while it keeps its state in one.
"""

from __future__ import annotations

from urllib.parse import urlencode

from pydantic import Field

from sre_agent.settings.area import Area
from sre_agent.settings.state import StateSettings


class AwsStateSettings(Area):
    state_endpoint_url: str = Field(
        "", description="one endpoint for all AWS services that keep the state, for development; empty: the real ones"
    )
    state_region: str = Field("", description="region of these services; empty: the SDK's usual places")
    state_aws_profile: str = Field(
        "", description="credentials profile for these services; empty: the SDK's usual chain, so the task's own role"
    )
    store_table: str = Field("sre-agent", description="DynamoDB table of store = dynamodb")
    record_secret: str = Field(
        "sre-agent/record-key",
        description="secret of Secrets Manager with the key that store = dynamodb signs the record with; made at the"
        " first use",
    )
    checkpoint_table: str = Field("sre-agent-checkpoints", description="DynamoDB table of checkpoint = dynamodb")
    used_permits_table: str = Field(
        "sre-agent-used-permits",
        description="DynamoDB table of used_permits = dynamodb; one of its own, because executing servers have their"
        " own identity and need nothing of the responder's",
    )
    state_bucket: str = Field(
        "",
        description="S3 bucket of what is too large for an item of DynamoDB: evidence from 100 kB and large"
        " checkpoints; needed with store or checkpoint = dynamodb",
    )
    state_kms_key: str = Field(
        "", description="KMS key, as ARN, alias or id, that encrypts the objects in state_bucket; empty: S3's own key"
    )
    queue_url: str = Field("", description="URL of the SQS FIFO queue of queue = sqs; its name ends in .fifo")
    urgent_queue_url: str = Field(
        "",
        description="URL of a second SQS FIFO queue, for what a person waits for: it is taken first; empty: all looks"
        " come in the order of their arrival",
    )
    schedule_group: str = Field(
        "sre-agent", description="group of EventBridge Scheduler in which queue = sqs makes its wake-ups"
    )
    schedule_role: str = Field("", description="ARN of the role with which EventBridge Scheduler sends wake-ups to SQS")
    memory_id: str = Field(
        "", description="memory of Amazon Bedrock AgentCore, as id or ARN, of past_incidents = agentcore_memory"
    )
    permit_secret: str = Field(
        "sre-agent/permit-keys", description="secret of Secrets Manager that permit_keys = secretsmanager uses"
    )
    permit_kms_key: str = Field(
        "", description="KMS key of type ECC_NIST_EDWARDS25519, as ARN, alias or id, that permit_keys = kms signs with"
    )


class StateAccess(StateSettings, AwsStateSettings):
    """What opens a backend of the state: where on this machine, or what it is called in AWS."""

    @property
    def place(self) -> str:
        """Where incidents are kept, for people."""
        return str(self.state_dir) if self.is_on_this_machine else f"table {self.store_table} ({self.store})"

    @property
    def table_of_permits(self) -> str:
        """The table of used permits, as the options of an executing server name it."""
        options = {"region": self.state_region, "endpoint": self.state_endpoint_url}
        query = urlencode({name: value for name, value in options.items() if value})
        return f"dynamodb:{self.used_permits_table}" + (f"?{query}" if query else "")

    def used_permits_of(self, server: str) -> str:
        """What the executing server of this name is given as --used-permits."""
        if self.used_permits == "dynamodb":
            return self.table_of_permits
        return f"{self.used_permits}:{self.state_dir.resolve() / f'used-permits-{server}.sqlite'}"
