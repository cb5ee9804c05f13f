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
  description = "KMS key of the images."
  type        = string
}

variable "keep_images" {
  description = "Number of images that stay."
  type        = number
  default     = 30
}

variable "agentcore" {
  description = "Let AgentCore Runtime of this account pull."
  type        = bool
  default     = false
}

variable "keep" {
  description = "Refuse to delete the repository while images are in it."
  type        = bool
  default     = true
}
