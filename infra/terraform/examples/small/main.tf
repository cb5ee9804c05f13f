# About 10 nodes: an agent in AgentCore Runtime, which costs nothing while it waits, and a function that hands alarms and
# sweeps to it. There is no VPC: the API server of the cluster has to have a public endpoint, or subnets are given.

module "foundation" {
  source          = "../../modules/foundation"
  name            = var.name
  tags            = local.tags
  notify          = var.notify
  monthly_dollars = var.monthly_dollars
  agentcore       = true
  keep            = var.keep
}

module "identities" {
  source     = "../../modules/identities"
  name       = var.name
  tags       = local.tags
  runs_in    = "agentcore"
  region     = var.region
  clusters   = [var.cluster]
  remedies   = var.remedies
  foundation = module.foundation
}

module "agentcore" {
  source             = "../../modules/agentcore"
  name               = var.name
  tags               = local.tags
  image              = var.image
  repository_arn     = module.foundation.registry.arn
  role_arn           = module.identities.responder_arn
  role_name          = module.identities.responder_name
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
    module.backups.environment,
    {
      SRE_AGENT_RUNTIME_ROLE = "operator" # the runtime alone reaches the service, and callers signed in to it
      SRE_AGENT_LISTEN_HOST  = "0.0.0.0"
      SRE_AGENT_STATE_DIR    = "/tmp/state"

      SRE_AGENT_EMBEDDED_METRICS = var.name # nobody reads /metrics there: CloudWatch takes them out of the log
      SRE_AGENT_AWS_REGION       = var.region
      SRE_AGENT_EKS              = "${var.cluster.name}=${var.cluster.region}/${var.cluster.cluster}${var.cluster.role == "" ? "" : ",role=${var.cluster.role}"}"
    },
    var.settings,
  )
}

module "backups" {
  source         = "../../modules/backups"
  name           = var.name
  tags           = local.tags
  region         = var.backup_region
  runs_in        = "ecs_tasks"
  responder_name = module.identities.responder_name
  foundation     = module.foundation
  keep           = var.keep
}

# AgentCore Runtime starts no task by itself: a task on Fargate makes the backups, where there are subnets for it.
module "backup_task" {
  source             = "../../modules/backup_task"
  count              = length(var.subnet_ids) > 0 ? 1 : 0
  name               = var.name
  tags               = local.tags
  image              = var.image
  repository_arn     = module.foundation.registry.arn
  role_arn           = module.backups.role_arn
  environment        = local.environment
  own_cluster        = true
  subnet_ids         = var.subnet_ids
  security_group_ids = var.security_group_ids
  log_group_name     = module.foundation.log.name
  log_group_arn      = module.foundation.log.arn
  key_arn            = module.foundation.key_arn
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

module "github" {
  source           = "../../modules/github"
  count            = var.repository == "" ? 0 : 1
  name             = var.name
  tags             = local.tags
  repository       = var.repository
  repository_arn   = module.foundation.registry.arn
  passed_role_arns = [module.identities.responder_arn]
  state_bucket_arn = var.plans.bucket_arn
  state_key_arn    = var.plans.key_arn
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
