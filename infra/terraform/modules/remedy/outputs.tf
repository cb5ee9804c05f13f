output "writer_arn" {
  description = "Role that starts the document; a profile of the service assumes it."
  value       = aws_iam_role.writer.arn
}

output "automation_arn" {
  description = "Role that the document names in assumeRole."
  value       = aws_iam_role.automation.arn
}

output "document" {
  description = "Name of the document that it may start."
  value       = local.document
}
