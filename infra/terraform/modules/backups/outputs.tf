output "environment" {
  description = "Settings of the service that say where backups are and what they are sealed with, as variables of its environment."
  value = {
    SRE_AGENT_BACKUP_TO      = "s3://${aws_s3_bucket.this.bucket}/${var.name}"
    SRE_AGENT_BACKUP_KMS_KEY = aws_kms_key.this.arn
  }
}

output "role_arn" {
  description = "Role that makes backups."
  value       = aws_iam_role.backup.arn
}
