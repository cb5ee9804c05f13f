output "clusters" {
  description = "The clusters in which it reads."
  value       = [for entry in aws_eks_access_entry.this : entry.cluster_name]
}
