output "queue_name" {
  description = "The value settings.interruptionQueue of Karpenter's chart."
  value       = aws_sqs_queue.interruptions.name
}

output "node_role_name" {
  description = "Role of the nodes, as the EC2NodeClass names it."
  value       = aws_iam_role.node.name
}
