# About 50 nodes: the responder on ECS Fargate behind a load balancer with a firewall, as many tasks as the queue asks for,
# deployments by canary, callers by Cognito.

module "foundation" {
  source          = "../../modules/foundation"
  name            = var.name
  tags            = local.tags
  notify          = var.notify
  monthly_dollars = var.monthly_dollars
  keep            = var.keep
}

module "identities" {
  source     = "../../modules/identities"
  name       = var.name
  tags       = local.tags
  runs_in    = "ecs_tasks"
  region     = var.region
  clusters   = [var.cluster]
  remedies   = var.remedies
  foundation = module.foundation
}

module "network" {
  source       = "../../modules/network"
  name         = var.name
  tags         = local.tags
  cidr         = var.cidr
  zones        = 2
  nat_gateways = 1
  key_arn      = module.foundation.key_arn
}

module "secrets" {
  source  = "../../modules/secrets"
  name    = var.name
  tags    = local.tags
  key_arn = module.foundation.key_arn
  secrets = {
    alarm_sources = "The TOML file of docs/alarms.md, with the secret of each monitor"
    scrape_token  = "A viewer's token, with which the collector reads /metrics"
  }
}

module "callers" {
  source = "../../modules/callers"
  name   = var.name
  tags   = local.tags
  keep   = var.keep
}

module "service" {
  source               = "../../modules/service_ecs"
  name                 = var.name
  tags                 = local.tags
  image                = var.image
  repository_arn       = module.foundation.registry.arn
  role_arn             = module.identities.responder_arn
  role_name            = module.identities.responder_name
  environment          = local.environment
  secret_files         = { alarm_sources = module.secrets.arns["alarm_sources"] }
  collector_secrets    = { SCRAPE_TOKEN = module.secrets.arns["scrape_token"] }
  aws_profiles         = merge({ reader = module.identities.reader_arn }, { for name, arn in module.identities.writers : "writer-${name}" => arn })
  tasks                = var.tasks
  spot_weight          = var.spot_weight
  night                = var.night
  queue_names          = [for queue in module.foundation.queues : queue.name]
  log_group_name       = module.foundation.log.name
  log_group_arn        = module.foundation.log.arn
  key_arn              = module.foundation.key_arn
  vpc_id               = module.network.vpc_id
  public_subnet_ids    = module.network.public_subnet_ids
  private_subnet_ids   = module.network.private_subnet_ids
  caller_cidrs         = var.caller_cidrs
  certificate_arn      = var.certificate_arn
  rollback_alarm_names = module.monitoring.rollback_alarm_names
  keep                 = var.keep
}

locals {
  takes_alarms = nonsensitive(var.webhook_secret != "") # that there is a secret is none

  environment = merge(
    module.foundation.environment,
    module.backups.environment,
    {
      SRE_AGENT_AWS_REGION    = var.region
      SRE_AGENT_AWS_PROFILE   = "reader"
      SRE_AGENT_OIDC_ISSUER   = module.callers.issuer
      SRE_AGENT_OIDC_AUDIENCE = module.callers.audience
      SRE_AGENT_EKS           = "${var.cluster.name}=${var.cluster.region}/${var.cluster.cluster},role=${var.cluster.role == "" ? module.identities.reader_arn : var.cluster.role}"
    },
    length(var.remedies) == 0 ? {} : { SRE_AGENT_WRITE_AWS_PROFILE = "writer-${keys(var.remedies)[0]}" },
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

module "backup_task" {
  source             = "../../modules/backup_task"
  name               = var.name
  tags               = local.tags
  image              = var.image
  repository_arn     = module.foundation.registry.arn
  role_arn           = module.backups.role_arn
  environment        = local.environment
  cluster_arn        = module.service.cluster_arn
  subnet_ids         = module.network.private_subnet_ids
  security_group_ids = [module.service.security_group_id]
  log_group_name     = module.foundation.log.name
  log_group_arn      = module.foundation.log.arn
  key_arn            = module.foundation.key_arn
}

module "firewall" {
  source            = "../../modules/firewall"
  name              = var.name
  tags              = local.tags
  load_balancer_arn = module.service.load_balancer_arn
  key_arn           = module.foundation.key_arn
}

module "intake" {
  source         = "../../modules/intake_http"
  count          = local.takes_alarms ? 1 : 0
  name           = var.name
  tags           = local.tags
  url            = "https://${var.host_name}"
  webhook_secret = var.webhook_secret
  caller_token   = var.caller_token
  alarm_prefixes = var.alarm_prefixes
  sweeps         = var.sweeps
  key_arn        = module.foundation.key_arn
}

module "monitoring" {
  source           = "../../modules/monitoring"
  name             = var.name
  tags             = local.tags
  topic_arn        = module.foundation.topic_arn
  queues           = module.foundation.queues
  undelivered_name = local.takes_alarms ? module.intake[0].undelivered_name : ""
  errors           = merge(local.entrance_metrics, { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" })
  latency          = merge(local.entrance_metrics, { metric = "TargetResponseTime", threshold = 60 })
}

locals {
  entrance_metrics = { namespace = "AWS/ApplicationELB", dimensions = { LoadBalancer = module.service.load_balancer_dimension } }
}

module "github" {
  source           = "../../modules/github"
  count            = var.repository == "" ? 0 : 1
  name             = var.name
  tags             = local.tags
  repository       = var.repository
  repository_arn   = module.foundation.registry.arn
  passed_role_arns = [module.identities.responder_arn, module.service.execution_role_arn]
  state_bucket_arn = var.plans.bucket_arn
  state_key_arn    = var.plans.key_arn
}
