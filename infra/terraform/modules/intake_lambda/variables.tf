variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "runtime_arn" {
  description = "The agent in AgentCore Runtime."
  type        = string
}

variable "qualifier" {
  description = "Endpoint of the agent."
  type        = string
  default     = "DEFAULT"
}

variable "alarm_prefixes" {
  description = "Beginnings of the names of alarms that are taken."
  type        = list(string)
  default     = [""]
}

variable "sweeps" {
  description = "Sweeps by name: when, as rate(...) or cron(...), and of which namespace (empty: the cluster)."
  type        = map(object({ schedule = string, namespace = optional(string, "") }))
  default     = { nightly = { schedule = "cron(0 4 * * ? *)" } }
}

variable "concurrency" {
  description = "Events handed on at once; a storm waits in Lambda's own queue."
  type        = number
  default     = 10
}

variable "log_days" {
  description = "Days that the function's log is kept."
  type        = number
  default     = 365
}

variable "key_arn" {
  description = "KMS key of logs, environment and undelivered alarms."
  type        = string
}
