output "registry_url" {
  description = "Where the image is pushed (linux/arm64)."
  value       = module.foundation.registry.url
}

output "host" {
  description = "Address to which host_name points (CNAME or alias)."
  value       = module.service.host
}

output "secrets" {
  description = "Secrets that are put in by hand, by name."
  value       = module.secrets.arns
}

output "writers" {
  description = "Roles that start Automation documents, by remedy."
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
