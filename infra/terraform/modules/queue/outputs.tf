output "url" {
  description = "The queue."
  value       = aws_sqs_queue.work.url
}

output "arn" {
  description = "The queue's ARN."
  value       = aws_sqs_queue.work.arn
}

output "name" {
  description = "The queue's name, as metrics have it."
  value       = aws_sqs_queue.work.name
}

output "dead_arn" {
  description = "The ARN of the dead letters."
  value       = aws_sqs_queue.dead.arn
}

output "dead_name" {
  description = "The name of the dead letters' queue, as metrics have it."
  value       = aws_sqs_queue.dead.name
}
