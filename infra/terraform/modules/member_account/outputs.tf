output "reader_arn" {
  description = "Role that the responder assumes (reader_arns of module roles)."
  value       = aws_iam_role.reader.arn
}
