output "arn" {
  description = "The key that encrypts."
  value       = aws_kms_key.data.arn
}

output "permits_arn" {
  description = "The key that signs permits; empty where there is none."
  value       = one(aws_kms_key.permits[*].arn) == null ? "" : aws_kms_key.permits[0].arn
}
