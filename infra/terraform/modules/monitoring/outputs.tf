output "alarm_names" {
  description = "The alarms about the responder."
  value       = concat([for alarm in aws_cloudwatch_metric_alarm.threshold : alarm.alarm_name], aws_cloudwatch_metric_alarm.errors[*].alarm_name, [aws_cloudwatch_metric_alarm.cost.alarm_name])
}

output "rollback_alarm_names" {
  description = "The alarms that end a deployment: errors and latency."
  value       = concat(aws_cloudwatch_metric_alarm.errors[*].alarm_name, [for name, alarm in aws_cloudwatch_metric_alarm.threshold : alarm.alarm_name if name == "latency"])
}
