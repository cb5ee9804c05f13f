output "deploy_role_arn" {
  description = "Role of deployments."
  value       = aws_iam_role.deploy.arn
}

output "plan_role_arn" {
  description = "Role of plans on pull requests."
  value       = aws_iam_role.plan.arn
}
