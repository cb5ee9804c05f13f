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
  description = "KMS key of the topic."
  type        = string
}

variable "subscriptions" {
  description = "Protocols by address, such as { \"oncall@example.org\" = \"email\" }; each is confirmed by its owner."
  type        = map(string)
  default     = {}
}
