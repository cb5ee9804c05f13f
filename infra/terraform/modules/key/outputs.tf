output "arn" {
  description = "The key that encrypts."
  value       = aws_kms_key.data.arn
}

output "permits_arn" {
  description = "The key that signs permits; empty where there is none."
  value       = var.sign_permits ? aws_kms_key.permits[0].arn : ""
}

output "permits_alias" {
  description = "Its alias, which can move to a new key; empty where there is none."
  value       = var.sign_permits ? aws_kms_alias.permits[0].name : ""
}
