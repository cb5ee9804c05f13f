output "key_arn" {
  description = "KMS key of everything."
  value       = module.key.arn
}

output "permits_key_arn" {
  description = "Key that signs permits; empty where there is none."
  value       = module.key.permits_arn
}

output "queues" {
  description = "The queues: arn and name, the name of their dead letters, and how many seconds a message may wait. `urgent` has what a person waits for."
  value = {
    work   = { arn = module.queue.arn, name = module.queue.name, dead_name = module.queue.dead_name, longest_wait = 300 }
    urgent = { arn = module.urgent_queue.arn, name = module.urgent_queue.name, dead_name = module.urgent_queue.dead_name, longest_wait = 120 }
  }
}

output "store" {
  description = "The table and the bucket."
  value       = { tables = module.store.tables, table_arns = module.store.table_arns, bucket = module.store.bucket, bucket_arn = module.store.bucket_arn }
}

output "registry" {
  description = "The repository of images: arn, and url, where they are pushed."
  value       = { arn = module.registry.arn, url = module.registry.url }
}

output "wake_ups" {
  description = "Schedule group and role of wake-ups."
  value       = { group = module.wake_ups.group, role_arn = module.wake_ups.role_arn }
}

output "topic_arn" {
  description = "Topic of notifications."
  value       = module.notifications.topic_arn
}

output "log" {
  description = "Log group of the service."
  value       = { name = module.logs.name, arn = module.logs.arn }
}

output "environment" {
  description = "Settings of the service that say where its state is, as variables of its environment."
  value = merge(
    {
      SRE_AGENT_STORE              = "dynamodb"
      SRE_AGENT_QUEUE              = "sqs"
      SRE_AGENT_CHECKPOINT         = "dynamodb"
      SRE_AGENT_USED_PERMITS       = "dynamodb"
      SRE_AGENT_STATE_REGION       = data.aws_region.here.region
      SRE_AGENT_STORE_TABLE        = module.store.tables["store"]
      SRE_AGENT_CHECKPOINT_TABLE   = module.store.tables["checkpoint"]
      SRE_AGENT_USED_PERMITS_TABLE = module.store.tables["used_permits"]
      SRE_AGENT_STATE_BUCKET       = module.store.bucket
      SRE_AGENT_STATE_KMS_KEY      = module.key.arn
      SRE_AGENT_QUEUE_URL          = module.queue.url
      SRE_AGENT_URGENT_QUEUE_URL   = module.urgent_queue.url
      SRE_AGENT_SCHEDULE_GROUP     = module.wake_ups.group
      SRE_AGENT_SCHEDULE_ROLE      = module.wake_ups.role_arn
      SRE_AGENT_PERMIT_SECRET      = "${var.name}/permit-keys"
      SRE_AGENT_RECORD_SECRET      = "${var.name}/record-key"
      SRE_AGENT_PERMIT_KEYS        = var.sign_permits ? "kms" : "secretsmanager"
    },
    var.sign_permits ? { SRE_AGENT_PERMIT_KMS_KEY = module.key.permits_alias } : {},
  )
}

output "queue_arns" {
  description = "Every queue of the responder, those of dead letters among them."
  value       = flatten([for queue in [module.queue, module.urgent_queue] : [queue.arn, queue.dead_arn]])
}
