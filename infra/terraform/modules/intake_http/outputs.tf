output "rule_arns" {
  description = "Rules that lead to the service."
  value       = concat([aws_cloudwatch_event_rule.alarms.arn], [for rule in aws_cloudwatch_event_rule.sweeps : rule.arn])
}

output "undelivered_name" {
  description = "Queue of what could not be delivered."
  value       = aws_sqs_queue.undelivered.name
}
