# About 10 nodes: an agent in AgentCore Runtime, which costs nothing while it waits, and a function that hands alarms and
# sweeps to it. There is no VPC: the API server of the cluster has to have a public endpoint, or subnets are given.

module "foundation" {
  source          = "../../modules/foundation"
  name            = var.name
  tags            = local.tags
  notify          = var.notify
  monthly_dollars = var.monthly_dollars
  keep            = var.keep
}

module "remedies" {
  source        = "../../modules/remedy"
  for_each      = var.remedies
  name          = "${var.name}-${each.key}"
  tags          = local.tags
  foundation    = module.foundation
  remedy        = each.value.remedy
  document      = each.value.document
  cluster       = each.value.cluster
  responder_arn = module.roles.responder_arn
}

module "registry" {
  source    = "../../modules/registry"
  name      = var.name
  tags      = local.tags
  key_arn   = module.foundation.key_arn
  agentcore = true
  keep      = var.keep
}

module "roles" {
  source          = "../../modules/roles"
  name            = var.name
  tags            = local.tags
  foundation      = module.foundation
  responder_trust = module.trust.policies["agentcore"]
  responder_reads = true
  reader_arns     = var.cluster.role == "" ? [] : [var.cluster.role]
  writer_arns     = [for remedy in module.remedies : remedy.writer_arn]
}

module "trust" {
  source = "../../modules/trust"
}

module "agentcore" {
  source             = "../../modules/agentcore"
  name               = var.name
  tags               = local.tags
  image              = var.image
  repository_arn     = module.registry.arn
  role_arn           = module.roles.responder_arn
  role_name          = module.roles.responder_name
  key_arn            = module.foundation.key_arn
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids
  memory             = var.memory
  environment        = local.environment
}

module "gateway" {
  source      = "../../modules/gateway"
  count       = length(var.mcp_servers) > 0 ? 1 : 0
  name        = var.name
  tags        = local.tags
  mcp_servers = var.mcp_servers
  key_arn     = module.foundation.key_arn
}

locals {
  environment = merge(
    module.foundation.environment,
    {
      SRE_AGENT_RUNTIME_ROLE = "operator" # the runtime alone reaches the service, and callers signed in to it
      SRE_AGENT_LISTEN_HOST  = "0.0.0.0"
      SRE_AGENT_STATE_DIR    = "/tmp/state"
      SRE_AGENT_AWS_REGION   = var.region
      SRE_AGENT_EKS          = "${var.cluster.name}=${var.cluster.region}/${var.cluster.cluster}${var.cluster.role == "" ? "" : ",role=${var.cluster.role}"}"
    },
    var.settings,
  )
}

module "intake" {
  source         = "../../modules/intake_lambda"
  name           = var.name
  tags           = local.tags
  runtime_arn    = module.agentcore.runtime_arn
  qualifier      = module.agentcore.endpoint_name
  alarm_prefixes = var.alarm_prefixes
  sweeps         = var.sweeps
  key_arn        = module.foundation.key_arn
}

# Metrics of the runtime carry its ARN and the name of its endpoint.
module "monitoring" {
  source           = "../../modules/monitoring"
  name             = var.name
  tags             = local.tags
  topic_arn        = module.foundation.topic_arn
  queues           = module.foundation.queues
  undelivered_name = module.intake.undelivered_name
  errors           = merge(local.runtime_metrics, { errors = "SystemErrors", requests = "Invocations" })
  latency          = merge(local.runtime_metrics, { metric = "Latency", threshold = 60000 })
}

locals {
  runtime_metrics = {
    namespace  = "AWS/Bedrock-AgentCore"
    dimensions = { Resource = module.agentcore.runtime_arn, Operation = "InvokeAgentRuntime", Name = "${replace(var.name, "-", "_")}::${module.agentcore.endpoint_name}" }
  }
}

module "cluster_access" {
  source        = "../../modules/cluster_access"
  count         = var.cluster.role == "" && var.cluster.region == var.region ? 1 : 0
  clusters      = [var.cluster.cluster]
  principal_arn = module.roles.responder_arn
  tags          = local.tags
}
