output "url" {
  description = "Where agents reach the tools, as TARGET___TOOL."
  value       = local.gateway["GatewayUrl"]
}

output "policy_engine_id" {
  description = "The policy engine, for policies of your own."
  value       = local.gateway["EngineId"]
}
