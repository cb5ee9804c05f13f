variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "responder_arn" {
  description = "Role of the responder in its home account."
  type        = string
}

variable "external_id" {
  description = "Text that both sides know, so that nobody else's responder is sent here."
  type        = string
}

variable "clusters" {
  description = "EKS clusters of this account that are looked at; see module cluster_access."
  type        = list(string)
  default     = []
}
