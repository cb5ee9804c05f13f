output "policies" {
  description = "Trust policies by the place that assumes the role: agentcore, ecs_tasks and pods."
  value = {
    for place in ["agentcore", "ecs_tasks", "pods"] : place => templatefile("${path.module}/policies/${place}.json", {
      partition = data.aws_partition.here.partition
      region    = data.aws_region.here.region
      account   = data.aws_caller_identity.here.account_id
    })
  }
}
