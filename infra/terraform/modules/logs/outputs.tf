output "name" {
  description = "The log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "arn" {
  description = "Its ARN."
  value       = aws_cloudwatch_log_group.this.arn
}
