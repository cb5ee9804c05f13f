variable "clusters" {
  description = "Names of the clusters."
  type        = set(string)
}

variable "principal_arn" {
  description = "The role that reads."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}
