output "log_group" {
  description = "Where spans are."
  value       = "aws/spans"
}
