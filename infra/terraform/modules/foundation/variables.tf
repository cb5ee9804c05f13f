variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "notify" {
  description = "Who is told, as protocol by address: { \"oncall@example.org\" = \"email\" }."
  type        = map(string)
  default     = {}
}

variable "monthly_dollars" {
  description = "Budget of a month in US dollars; a notice at 80 %."
  type        = number
}

variable "tracing" {
  description = "Set up X-Ray Transaction Search, which an account has once in each region."
  type        = bool
  default     = true
}

variable "sign_permits" {
  description = "Make a key of KMS that signs permits."
  type        = bool
  default     = false
}

variable "keep" {
  description = "Refuse to delete what holds data."
  type        = bool
  default     = true
}

variable "agentcore" {
  description = "AgentCore Runtime pulls the image."
  type        = bool
  default     = false
}
