output "registry_url" {
  description = "Where the image is pushed (linux/arm64)."
  value       = module.foundation.registry.url
}

output "agent_runtime_arn" {
  description = "AGENT_RUNTIME_ARN of the command line."
  value       = module.agentcore.runtime_arn
}

output "writers" {
  description = "Roles that start Automation documents, by remedy."
  value       = module.identities.writers
}

output "assumes_readers_arn" {
  description = "Role that assumes readers in other accounts: the variable responder_arn of module member_account there."
  value       = module.identities.assumes_readers_arn
}

output "gateway_url" {
  description = "Where other agents reach the MCP servers; null where there are none."
  value       = one(module.gateway[*].url)
}

output "intake_function" {
  description = "Function that hands alarms and sweeps on: FUNCTION of a rollout."
  value       = module.intake.function_name
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
