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

variable "most_receives" {
  description = "Times that a message is received before SQS sets it aside. A look that is given back counts as well, so it is the most that SQS counts; the responder sets aside itself what fails."
  type        = number
  default     = 1000
}
