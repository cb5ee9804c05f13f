output "responder_arn" {
  description = "Role that the service runs with."
  value       = aws_iam_role.responder.arn
}

output "responder_name" {
  description = "Its name."
  value       = aws_iam_role.responder.name
}

output "reader_arn" {
  description = "Role that reads; the profile `reader` of the service assumes it."
  value       = aws_iam_role.reader.arn
}

output "reader_name" {
  description = "Its name."
  value       = aws_iam_role.reader.name
}
