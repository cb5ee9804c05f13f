variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "image" {
  description = "The image, as REPOSITORY:TAG."
  type        = string
}

variable "collector_image" {
  description = "The OpenTelemetry collector of AWS."
  type        = string
  default     = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"
}

variable "repository_arn" {
  description = "Repository that the image is pulled from."
  type        = string
}

variable "role_arn" {
  description = "Role that the service runs with (module roles, trusted by ecs-tasks.amazonaws.com)."
  type        = string
}

variable "role_name" {
  description = "Its name."
  type        = string
}

variable "environment" {
  description = "Settings of the service, as SRE_AGENT_<SETTING>."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "ARNs of secrets by the environment variable that they become."
  type        = map(string)
  default     = {}
}

variable "secret_files" {
  description = "ARNs of secrets that become files: alarm_sources (the TOML of the monitors' secrets) and token (bearer token of callers)."
  type        = map(string)
  default     = {}
}

variable "aws_profiles" {
  description = "Roles that the task assumes, by the name of a credentials profile, as aws_profile and write_aws_profile take them."
  type        = map(string)
  default     = {}
}

variable "collector_secrets" {
  description = "ARN of the secret with the token of a viewer, as SCRAPE_TOKEN."
  type        = map(string)
  default     = {}
}

variable "cpu" {
  description = "CPU of a task, in 1/1024."
  type        = number
  default     = 1024
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 2048
}

variable "tasks" {
  description = "Fewest and most tasks."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 6 }
}

variable "messages_per_task" {
  description = "Waiting messages for each task before another one is started; a task works on four incidents."
  type        = number
  default     = 4
}

variable "spot_weight" {
  description = "Share of tasks on spot capacity against 1 on demand; the first one is on demand. A task that is taken away loses no incident."
  type        = number
  default     = 0
}

variable "night" {
  description = "When no task runs: schedules such as cron(0 21 ? * MON-FRI *), in a time zone. Alarms wait at EventBridge for an hour and then among the undelivered ones."
  type        = object({ stop = string, start = string, timezone = optional(string, "UTC") })
  default     = null
}

variable "queue_names" {
  description = "Queues whose length says how many tasks there are."
  type        = list(string)
}

variable "log_group_name" {
  description = "Log of the service."
  type        = string
}

variable "log_group_arn" {
  description = "Its ARN."
  type        = string
}

variable "key_arn" {
  description = "KMS key of secrets and logs."
  type        = string
}

variable "vpc_id" {
  description = "The VPC."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
}

variable "private_subnet_ids" {
  description = "Subnets of the tasks."
  type        = list(string)
}

variable "internal" {
  description = "The load balancer has private addresses alone; then EventBridge cannot reach it."
  type        = bool
  default     = false
}

variable "caller_cidrs" {
  description = "Who may reach the load balancer."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate (ACM) of the host name."
  type        = string
}

variable "rollback_alarm_names" {
  description = "Alarms that roll a deployment back."
  type        = list(string)
  default     = []
}

variable "keep" {
  description = "Refuse to delete the load balancer."
  type        = bool
  default     = true
}
