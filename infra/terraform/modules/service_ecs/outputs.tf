output "load_balancer_arn" {
  description = "The load balancer."
  value       = aws_lb.this.arn
}

output "load_balancer_dimension" {
  description = "The load balancer as its metrics have it."
  value       = aws_lb.this.arn_suffix
}

output "host" {
  description = "Address to which the host name points (CNAME or alias)."
  value       = aws_lb.this.dns_name
}

output "execution_role_arn" {
  description = "Role that starts tasks; deployments pass it."
  value       = aws_iam_role.execution.arn
}

output "security_group_id" {
  description = "Security group of the tasks, for the API servers that they reach."
  value       = aws_security_group.service.id
}

output "cluster_arn" {
  description = "The ECS cluster, in which backups are made too."
  value       = aws_ecs_cluster.this.arn
}
