output "execution_role_arn" {
  description = "Role that starts the task; deployments pass it."
  value       = aws_iam_role.execution.arn
}

output "cluster_arn" {
  description = "ECS cluster in which it runs."
  value       = local.cluster_arn
}
