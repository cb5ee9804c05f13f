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

variable "indexes" {
  description = "Secondary indexes of the table, by name; their keys are text."
  type        = map(object({ hash_key = string, range_key = string }))
  default     = { gsi1 = { hash_key = "gsi1pk", range_key = "gsi1sk" } }
}

variable "expires_attribute" {
  description = "Attribute with the epoch second after which an item is deleted."
  type        = string
  default     = "expires"
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
