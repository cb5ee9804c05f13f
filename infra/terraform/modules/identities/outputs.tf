output "responder_arn" {
  description = "Role that the service runs with."
  value       = module.roles.responder_arn
}

output "responder_name" {
  description = "Its name."
  value       = module.roles.responder_name
}

output "reader_arn" {
  description = "Role that reads."
  value       = module.roles.reader_arn
}

output "writers" {
  description = "Roles that start Automation documents, by remedy."
  value       = { for name, remedy in module.remedies : name => remedy.writer_arn }
}

output "assumes_readers_arn" {
  description = "Role that assumes readers in other accounts: the variable responder_arn of module member_account there."
  value       = local.in_pods ? module.roles.reader_arn : module.roles.responder_arn
}
