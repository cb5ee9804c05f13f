# A gateway of AgentCore that offers MCP servers to other agents, and a policy engine that says which of their tools: a call
# that no policy permits is denied. Gateway, engine and policies are made by CloudFormation, which can attach an engine.

data "aws_partition" "here" {}

data "aws_region" "here" {}

data "aws_caller_identity" "here" {}

module "trust" {
  source = "../trust"
}

locals {
  gateway = aws_cloudformation_stack.gateway.outputs
  # Cedar knows no patterns: each tool is named, as TARGET___TOOL.
  statements = { for target, server in var.mcp_servers : target => templatefile("${path.module}/policies/tools.cedar", {
    gateway = local.gateway["GatewayArn"]
    actions = join(", ", [for tool in server.tools : "AgentCore::Action::\"${target}___${tool}\""])
  }) if length(server.tools) > 0 }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-gateway"
  tags               = var.tags
  assume_role_policy = module.trust.policies["agentcore"]
}

resource "aws_iam_role_policy" "this" {
  name = "targets-and-policies"
  role = aws_iam_role.this.id
  policy = templatefile("${path.module}/policies/gateway.json", {
    partition = data.aws_partition.here.partition
    region    = data.aws_region.here.region
    account   = data.aws_caller_identity.here.account_id
    name      = var.name
    engine    = replace(var.name, "-", "_") # engines take no hyphens
  })
}

resource "aws_cloudformation_stack" "gateway" {
  #checkov:skip=CKV_AWS_124:a stack of two resources, applied by Terraform, which reports its failure
  name          = "${var.name}-gateway"
  tags          = var.tags
  template_body = file("${path.module}/templates/gateway.yaml")
  parameters = {
    Name           = var.name
    EngineName     = replace(var.name, "-", "_")
    RoleArn        = aws_iam_role.this.arn
    KeyArn         = var.key_arn
    Mode           = var.enforced ? "ENFORCE" : "LOG_ONLY"
    DiscoveryUrl   = var.discovery_url
    AllowedClients = join(",", var.allowed_clients)
  }
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_bedrockagentcore_gateway_target" "server" {
  for_each           = var.mcp_servers
  name               = each.key
  description        = "MCP server ${each.key}"
  gateway_identifier = local.gateway["GatewayId"]

  target_configuration {
    mcp {
      mcp_server {
        endpoint = each.value.endpoint
      }
    }
  }

  dynamic "credential_provider_configuration" {
    for_each = each.value.oauth_provider_arn == "" ? [] : [each.value]
    content {
      oauth {
        provider_arn = credential_provider_configuration.value.oauth_provider_arn
        scopes       = credential_provider_configuration.value.scopes
      }
    }
  }
}

# The engine checks each policy against the tools of the targets, so these come first.
resource "aws_cloudformation_stack" "policy" {
  #checkov:skip=CKV_AWS_124:a stack of one resource, applied by Terraform, which reports its failure
  for_each      = local.statements
  name          = "${var.name}-gateway-${each.key}"
  tags          = var.tags
  template_body = file("${path.module}/templates/policy.yaml")
  parameters = {
    Name      = replace(each.key, "-", "_")
    EngineId  = local.gateway["EngineId"]
    Statement = each.value
  }
  depends_on = [aws_bedrockagentcore_gateway_target.server]

  lifecycle {
    precondition {
      condition     = length(var.mcp_servers[each.key].tools) <= 50
      error_message = "A policy has 4096 characters at most: name 50 tools of a target at most."
    }
  }
}
