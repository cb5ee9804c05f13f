output "role_arn" {
  description = "The role, for the service account keda-operator in the namespace keda."
  value       = aws_iam_role.this.arn
}
