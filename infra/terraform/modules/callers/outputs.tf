output "issuer" {
  description = "The setting oidc_issuer of the service."
  value       = "https://${aws_cognito_user_pool.this.endpoint}"
}

output "audience" {
  description = "The setting oidc_audience of the service."
  value       = aws_cognito_user_pool_client.people.id
}

output "discovery_url" {
  description = "Where AgentCore finds the issuer's keys."
  value       = "https://${aws_cognito_user_pool.this.endpoint}/.well-known/openid-configuration"
}
