output "group" {
  description = "Schedule group of the wake-ups."
  value       = aws_scheduler_schedule_group.this.name
}

output "role_arn" {
  description = "Role with which EventBridge Scheduler sends."
  value       = aws_iam_role.scheduler.arn
}
