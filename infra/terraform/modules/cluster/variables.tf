variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "1.34"
}

variable "private_subnet_ids" {
  description = "Subnets of nodes and of the API server."
  type        = list(string)
}

variable "system_instance_types" {
  description = "Instances of the group that carries the add-ons (arm64)."
  type        = list(string)
  default     = ["m7g.large", "m6g.large"]
}

variable "administrator_arns" {
  description = "Roles that administer the cluster."
  type        = list(string)
}

variable "caller_cidrs" {
  description = "Addresses that reach the API server besides the nodes: a VPN, a bastion."
  type        = list(string)
  default     = []
}

variable "pod_roles" {
  description = "Roles by name, and the service account that has each."
  type        = map(object({ namespace = string, service_account = string, role_arn = string }))
  default     = {}
}

variable "night" {
  description = "When the system group has no node: schedules such as cron(0 21 ? * MON-FRI *), in a time zone."
  type        = object({ stop = string, start = string, timezone = optional(string, "UTC") })
  default     = null
}

variable "log_days" {
  description = "Days that the control plane's log is kept."
  type        = number
  default     = 365
}

variable "key_arn" {
  description = "KMS key of Kubernetes secrets and logs."
  type        = string
}

variable "keep" {
  description = "Refuse to delete the cluster."
  type        = bool
  default     = true
}
