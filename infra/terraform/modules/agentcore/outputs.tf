output "runtime_arn" {
  description = "AGENT_RUNTIME_ARN of the command line."
  value       = aws_bedrockagentcore_agent_runtime.this.agent_runtime_arn
}

output "endpoint_name" {
  description = "The qualifier that alarms use."
  value       = aws_bedrockagentcore_agent_runtime_endpoint.live.name
}

output "memory_id" {
  description = "The memory; null where there is none."
  value       = one(aws_bedrockagentcore_memory.this[*].id)
}
