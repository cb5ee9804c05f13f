# Who may do what, by where the responder runs. In AgentCore Runtime its one role reads as well, because nothing there assumes
# a second one; ECS tasks assume the reader and the writers; pods have a role each, and the responder's signs permits.

locals {
  in_pods        = var.runs_in == "pods"
  trust          = module.trust.policies[var.runs_in]
  other_accounts = [for cluster in var.clusters : cluster.role if cluster.role != ""]
  own_clusters   = [for cluster in var.clusters : cluster.cluster if cluster.role == "" && cluster.region == var.region]
}

module "trust" {
  source = "../trust"
}

module "roles" {
  source          = "../roles"
  name            = var.name
  tags            = var.tags
  foundation      = var.foundation
  sign_permits    = local.in_pods
  responder_trust = local.trust
  reader_trust    = local.in_pods ? local.trust : ""
  responder_reads = var.runs_in == "agentcore"
  reader_arns     = local.other_accounts
  writer_arns     = local.in_pods ? [] : [for remedy in module.remedies : remedy.writer_arn]
}

module "remedies" {
  source        = "../remedy"
  for_each      = var.remedies
  name          = "${var.name}-${each.key}"
  tags          = var.tags
  foundation    = var.foundation
  remedy        = each.value.remedy
  document      = each.value.document
  cluster       = each.value.cluster
  stop_alarm    = each.value.stop_alarm
  responder_arn = module.roles.responder_arn
  trust         = local.in_pods ? local.trust : ""
}

module "cluster_access" {
  source        = "../cluster_access"
  clusters      = local.own_clusters
  principal_arn = var.runs_in == "agentcore" ? module.roles.responder_arn : module.roles.reader_arn
  tags          = var.tags
}
