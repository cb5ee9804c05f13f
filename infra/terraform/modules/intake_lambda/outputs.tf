output "function_name" {
  description = "The function."
  value       = aws_lambda_function.intake.function_name
}

output "undelivered_name" {
  description = "Queue of what could not be delivered."
  value       = aws_sqs_queue.undelivered.name
}
