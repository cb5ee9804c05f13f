variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "group" {
  description = "The log group, where a service of AWS says how it is called; empty: /sre-agent/NAME."
  type        = string
  default     = ""
}

variable "key_arn" {
  description = "KMS key of the log."
  type        = string
}

variable "log_days" {
  description = "Days that the log is kept; one of the numbers that CloudWatch offers."
  type        = number
  default     = 365
}

variable "namespace" {
  description = "Namespace of the metrics that are counted from the log."
  type        = string
  default     = "SreAgent"
}
