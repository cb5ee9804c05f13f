variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "callback_urls" {
  description = "Addresses to which the hosted sign-in returns; none: no hosted sign-in."
  type        = list(string)
  default     = []
}

variable "keep" {
  description = "Refuse to delete the pool."
  type        = bool
  default     = true
}
