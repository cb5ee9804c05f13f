variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "deletion_days" {
  description = "Days between the deletion of a key and its end; until then it can be had back."
  type        = number
  default     = 30
}

variable "sign_permits" {
  description = "Make a key that signs permits (Ed25519), so that no process holds the private one."
  type        = bool
  default     = false
}
