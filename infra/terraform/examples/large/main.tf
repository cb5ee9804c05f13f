# More than 100 nodes, several clusters and accounts: the responder and its servers in a cluster of their own with a private
# endpoint, on nodes that Karpenter makes, each with the role of its own pods. What runs in the cluster is in infra/kubernetes.

module "foundation" {
  source          = "../../modules/foundation"
  name            = var.name
  tags            = local.tags
  notify          = var.notify
  monthly_dollars = var.monthly_dollars
  sign_permits    = true
  keep            = var.keep
}

module "identities" {
  source     = "../../modules/identities"
  name       = var.name
  tags       = local.tags
  runs_in    = "pods"
  region     = var.region
  clusters   = values(var.clusters)
  remedies   = var.remedies
  foundation = module.foundation
}

module "kubernetes_writer" {
  source     = "../../modules/kubernetes_writer"
  name       = var.name
  tags       = local.tags
  foundation = module.foundation
}

module "network" {
  source       = "../../modules/network"
  name         = var.name
  tags         = local.tags
  cidr         = var.cidr
  zones        = 3
  nat_gateways = 3
  key_arn      = module.foundation.key_arn
}

module "secrets" {
  source  = "../../modules/secrets"
  name    = var.name
  tags    = local.tags
  key_arn = module.foundation.key_arn
  secrets = {
    alarm_sources = "The TOML file of docs/alarms.md, with the secret of each monitor"
    server_token  = "The token with which the responder calls its MCP servers"
  }
}

module "callers" {
  source = "../../modules/callers"
  name   = var.name
  tags   = local.tags
  keep   = var.keep
}

module "cluster" {
  source             = "../../modules/cluster"
  name               = var.name
  tags               = local.tags
  private_subnet_ids = module.network.private_subnet_ids
  administrator_arns = var.administrator_arns
  caller_cidrs       = var.administrator_cidrs
  night              = var.night
  key_arn            = module.foundation.key_arn
  keep               = var.keep
  pod_roles = merge(
    {
      responder = { namespace = "sre-agent", service_account = "sre-agent-responder", role_arn = module.identities.responder_arn }
      reader    = { namespace = "sre-agent", service_account = "sre-agent-reader", role_arn = module.identities.reader_arn }
      writer    = { namespace = "sre-agent", service_account = "sre-agent-writer-kubernetes", role_arn = module.kubernetes_writer.role_arn }
      backup    = { namespace = "sre-agent", service_account = "sre-agent-backup", role_arn = module.backups.role_arn }
      scaler    = { namespace = "keda", service_account = "keda-operator", role_arn = module.queue_scaler.role_arn }
    },
    { for name, arn in module.identities.writers : "writer-${name}" => {
      namespace       = "sre-agent"
      service_account = "sre-agent-writer-${name}"
      role_arn        = arn
    } },
  )
}

module "backups" {
  source         = "../../modules/backups"
  name           = var.name
  tags           = local.tags
  region         = var.backup_region
  runs_in        = "pods"
  responder_name = module.identities.responder_name
  foundation     = module.foundation
  keep           = var.keep
}

module "karpenter" {
  source            = "../../modules/karpenter"
  name              = var.name
  tags              = local.tags
  cluster_name      = module.cluster.name
  security_group_id = module.cluster.security_group_id
}

module "intake" {
  source         = "../../modules/intake_http"
  count          = var.host_name == "" ? 0 : 1
  name           = var.name
  tags           = local.tags
  url            = "https://${var.host_name}"
  webhook_secret = var.webhook_secret
  caller_token   = var.caller_token
  alarm_prefixes = var.alarm_prefixes
  sweeps         = var.sweeps
  key_arn        = module.foundation.key_arn
}

# The load balancer belongs to the cluster's ingress; its firewall is attached as soon as it is there.
module "firewall" {
  source            = "../../modules/firewall"
  count             = var.load_balancer_arn == "" ? 0 : 1
  name              = var.name
  tags              = local.tags
  load_balancer_arn = var.load_balancer_arn
  key_arn           = module.foundation.key_arn
}

module "monitoring" {
  source           = "../../modules/monitoring"
  name             = var.name
  tags             = local.tags
  topic_arn        = module.foundation.topic_arn
  queues           = module.foundation.queues
  undelivered_name = var.host_name == "" ? "" : module.intake[0].undelivered_name
  hourly_dollars   = 20
  errors           = local.entrance_metrics == null ? null : merge(local.entrance_metrics, { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" })
  latency          = local.entrance_metrics == null ? null : merge(local.entrance_metrics, { metric = "TargetResponseTime", threshold = 60 })
}

locals {
  entrance_metrics = var.load_balancer_arn == "" ? null : {
    namespace  = "AWS/ApplicationELB"
    dimensions = { LoadBalancer = join("/", slice(split("/", var.load_balancer_arn), 1, 4)) }
  }
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

module "queue_scaler" {
  source     = "../../modules/queue_scaler"
  name       = var.name
  tags       = local.tags
  queue_arns = [for queue in module.foundation.queues : queue.arn]
}
