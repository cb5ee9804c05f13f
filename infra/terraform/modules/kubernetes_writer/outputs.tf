output "role_arn" {
  description = "The role, for the service account sre-agent-writer-kubernetes in the namespace sre-agent."
  value       = aws_iam_role.this.arn
}
