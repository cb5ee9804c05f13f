output "key_arn" {
  description = "KMS key of everything."
  value       = module.key.arn
}

output "permits_key_arn" {
  description = "Key that signs permits; empty where there is none."
  value       = module.key.permits_arn
}

output "queue" {
  description = "The queue: url, arn and name, and those of the dead letters."
  value       = { url = module.queue.url, arn = module.queue.arn, name = module.queue.name, dead_arn = module.queue.dead_arn, dead_name = module.queue.dead_name }
}

output "store" {
  description = "The table and the bucket."
  value       = { table = module.store.table_name, table_arn = module.store.table_arn, bucket = module.store.bucket, bucket_arn = module.store.bucket_arn }
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
