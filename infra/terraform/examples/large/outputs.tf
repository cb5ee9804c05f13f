output "registry_url" {
  description = "Where the image is pushed (linux/arm64 and linux/amd64)."
  value       = module.foundation.registry.url
}

output "cluster_name" {
  description = "The responder's own cluster: aws eks update-kubeconfig --name ..."
  value       = module.cluster.name
}

output "settings" {
  description = "What the manifests of infra/kubernetes are given: where state is, who calls, which key signs permits."
  value = {
    region          = var.region
    environment     = module.foundation.environment
    topic           = module.foundation.topic_arn
    oidc_issuer     = module.callers.issuer
    oidc_audience   = module.callers.audience
    clusters        = var.clusters
    karpenter_queue = module.karpenter.queue_name
  }
}

output "secrets" {
  description = "Secrets that are put in by hand, by name."
  value       = module.secrets.arns
}

output "writers" {
  description = "Roles that start Automation documents, by remedy; each has the service account sre-agent-writer-REMEDY."
  value       = module.identities.writers
}

output "assumes_readers_arn" {
  description = "Role that assumes readers in other accounts: the variable responder_arn of module member_account there."
  value       = module.identities.assumes_readers_arn
}

output "deploy_role_arn" {
  description = "DEPLOY_ROLE_ARN of the environments of `repository`; null where there is none."
  value       = one(module.github[*].deploy_role_arn)
}

output "plan_role_arn" {
  description = "PLAN_ROLE_ARN of `repository`; null where there is none."
  value       = one(module.github[*].plan_role_arn)
}

output "backup" {
  description = "Settings of backups: where they are and their key. Note them where the account is not needed to read them."
  value       = module.backups.environment
}
