output "runtime_arn" {
  description = "AGENT_RUNTIME_ARN of the command line."
  value       = aws_bedrockagentcore_agent_runtime.this.agent_runtime_arn
}

output "trust" {
  description = "Trust policy of roles that AgentCore assumes."
  value = templatefile("${path.module}/policies/trust_agentcore.json", {
    partition = data.aws_partition.here.partition
    region    = data.aws_region.here.region
    account   = data.aws_caller_identity.here.account_id
  })
}

output "endpoint_name" {
  description = "The qualifier that alarms use."
  value       = aws_bedrockagentcore_agent_runtime_endpoint.live.name
}

output "memory_id" {
  description = "The memory; null where there is none."
  value       = one(aws_bedrockagentcore_memory.this[*].id)
}

output "gateway_url" {
  description = "The gateway; null where there is none."
  value       = one(aws_bedrockagentcore_gateway.tools[*].gateway_url)
}
