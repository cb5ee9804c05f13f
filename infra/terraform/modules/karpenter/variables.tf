variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "cluster_name" {
  description = "The cluster."
  type        = string
}

variable "security_group_id" {
  description = "Security group of the cluster, which nodes have too."
  type        = string
}
