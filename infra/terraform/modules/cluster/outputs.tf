output "name" {
  description = "The cluster."
  value       = aws_eks_cluster.this.name
}

output "arn" {
  description = "Its ARN."
  value       = aws_eks_cluster.this.arn
}

output "endpoint" {
  description = "Its API server."
  value       = aws_eks_cluster.this.endpoint
}

output "security_group_id" {
  description = "Security group of the cluster."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}
