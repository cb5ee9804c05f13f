variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "key_arn" {
  description = "KMS key of the messages."
  type        = string
}

variable "visibility_seconds" {
  description = "Seconds for which a message stays with the worker that took it; its heartbeat prolongs them."
  type        = number
  default     = 60
}

variable "attempts" {
  description = "Attempts before a message goes to the dead letters."
  type        = number
  default     = 5
}
