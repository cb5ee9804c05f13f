# The responder in Amazon Bedrock AgentCore: a runtime with its endpoint, memory, and an identity of its own. The gateway that
# offers MCP servers to other agents is the module `gateway`.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

locals {
  # The names of AgentCore take no hyphens.
  identifier = replace(var.name, "-", "_")
}

resource "aws_bedrockagentcore_agent_runtime" "this" {
  agent_runtime_name = local.identifier
  description        = "Incident responder"
  role_arn           = var.role_arn
  environment_variables = merge(var.environment, var.memory ? {
    SRE_AGENT_PAST_INCIDENTS = "agentcore_memory"
    SRE_AGENT_MEMORY_ID      = aws_bedrockagentcore_memory.this[0].id
  } : {})
  tags = merge(var.tags, { "sre-agent:deployment" = var.name })

  agent_runtime_artifact {
    container_configuration {
      container_uri = var.image
    }
  }

  network_configuration {
    network_mode = length(var.subnet_ids) > 0 ? "VPC" : "PUBLIC"
    dynamic "network_mode_config" {
      for_each = length(var.subnet_ids) > 0 ? [1] : []
      content {
        subnets         = var.subnet_ids
        security_groups = var.security_group_ids
      }
    }
  }

  protocol_configuration {
    server_protocol = "HTTP"
  }

  lifecycle_configuration {
    idle_runtime_session_timeout = 900
    max_lifetime                 = 28800
  }

  dynamic "authorizer_configuration" {
    for_each = var.discovery_url == "" ? [] : [1]
    content {
      custom_jwt_authorizer {
        discovery_url   = var.discovery_url
        allowed_clients = var.allowed_clients
      }
    }
  }

  lifecycle {
    precondition {
      condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_]{0,47}$", local.identifier))
      error_message = "The name of a runtime begins with a letter and has at most 48 letters, digits and underscores."
    }
  }

  depends_on = [aws_iam_role_policy.runtime]
}

locals {
  endpoint = "live"
}

# AgentCore would make this log group itself, and keep its lines for ever: it is there before the endpoint.
module "log" {
  source   = "../logs"
  name     = var.name
  tags     = var.tags
  group    = "/aws/bedrock-agentcore/runtimes/${aws_bedrockagentcore_agent_runtime.this.agent_runtime_id}-${local.endpoint}"
  key_arn  = var.key_arn
  log_days = var.log_days
}

resource "aws_bedrockagentcore_agent_runtime_endpoint" "live" {
  name                  = local.endpoint
  description           = "What alarms reach; it moves to a new version when that one is ready"
  agent_runtime_id      = aws_bedrockagentcore_agent_runtime.this.agent_runtime_id
  agent_runtime_version = var.live_version == "" ? aws_bedrockagentcore_agent_runtime.this.agent_runtime_version : var.live_version
  tags                  = merge(var.tags, { "sre-agent:deployment" = var.name })
  depends_on            = [module.log]
}

resource "aws_iam_role_policy" "runtime" {
  name = "agentcore-runtime"
  role = var.role_name
  policy = templatefile("${path.module}/policies/runtime.json", {
    partition      = data.aws_partition.here.partition
    region         = data.aws_region.here.region
    account        = data.aws_caller_identity.here.account_id
    repository_arn = var.repository_arn
    identifier     = local.identifier
  })
}

resource "aws_bedrockagentcore_memory" "this" {
  count                 = var.memory ? 1 : 0
  name                  = local.identifier
  description           = "What was learnt about clusters and their services"
  event_expiry_duration = 90
  encryption_key_arn    = var.key_arn
  tags                  = var.tags
}

# By cluster, not by person or session: knowledge of the systems is for everybody who is on call.
resource "aws_bedrockagentcore_memory_strategy" "facts" {
  count      = var.memory ? 1 : 0
  memory_id  = aws_bedrockagentcore_memory.this[0].id
  name       = "facts"
  type       = "SEMANTIC"
  namespaces = ["/clusters/{actorId}"]
}

resource "aws_bedrockagentcore_workload_identity" "this" {
  name = var.name
}
