output "arns" {
  description = "ARNs of the secrets by name."
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "parameter_arns" {
  description = "ARNs of the parameters by name."
  value       = { for name, parameter in aws_ssm_parameter.this : name => parameter.arn }
}
