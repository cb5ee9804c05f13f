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
  description = "KMS key of the table and the bucket."
  type        = string
}

variable "keep_days" {
  description = "Days that evidence stays in the bucket; the setting keep_days of the service is 90."
  type        = number
  default     = 120
}

variable "keep" {
  description = "Refuse to delete the table, and the bucket while something is in it."
  type        = bool
  default     = true
}
