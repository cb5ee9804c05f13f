variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "url" {
  description = "Address of the service, as https://HOST."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.url))
    error_message = "https://HOST without a path."
  }
}

variable "webhook_secret" {
  description = "Secret of the source `eventbridge` in the service's alarm sources."
  type        = string
  sensitive   = true
}

variable "caller_token" {
  description = "Bearer token with which sweeps are started."
  type        = string
  sensitive   = true
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

variable "key_arn" {
  description = "KMS key of undelivered alarms."
  type        = string
}
