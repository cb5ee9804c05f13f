output "tables" {
  description = "Names of the tables by what uses them: store, checkpoint, used_permits."
  value       = { for slot, table in aws_dynamodb_table.this : slot => table.name }
}

output "table_arns" {
  description = "Their ARNs."
  value       = { for slot, table in aws_dynamodb_table.this : slot => table.arn }
}

output "bucket" {
  description = "The bucket."
  value       = aws_s3_bucket.this.bucket
}

output "bucket_arn" {
  description = "The bucket's ARN."
  value       = aws_s3_bucket.this.arn
}
