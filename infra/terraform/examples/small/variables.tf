variable "region" {
  description = "Region of everything."
  type        = string
}

variable "name" {
  description = "Name of this deployment and prefix of every name in it: small letters, digits and hyphens."
  type        = string
  default     = "sre-agent"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}$", var.name))
    error_message = "It begins with a small letter and has at most 23 small letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Further tags on everything, such as { owner = \"platform\", cost-centre = \"4711\" }."
  type        = map(string)
  default     = {}
}

variable "cluster" {
  description = "The EKS cluster that is looked at: the name that incidents use, its region and its name there; role: in another account (module member_account)."
  type        = object({ name = string, region = string, cluster = string, role = optional(string, "") })
}

variable "remedies" {
  description = "What may be done on AWS: one remedy on one cluster, by a document of infra/runbooks or by your own; none: it only reads AWS."
  type        = map(object({ remedy = string, document = optional(string, ""), cluster = string, stop_alarm = optional(string, "") }))
  default     = {}
}

variable "image" {
  description = "The image, as REPOSITORY:TAG; the output registry_url says where it is pushed."
  type        = string
}

variable "notify" {
  description = "Who is told, as protocol by address: { \"oncall@example.org\" = \"email\" }."
  type        = map(string)
  default     = {}
}

variable "alarm_prefixes" {
  description = "Beginnings of the names of CloudWatch alarms that are taken."
  type        = list(string)
  default     = [""]
}

variable "sweeps" {
  description = "Sweeps by name: when, and of which namespace (empty: the cluster)."
  type        = map(object({ schedule = string, namespace = optional(string, "") }))
  default     = { nightly = { schedule = "cron(0 4 * * ? *)" } }
}

variable "monthly_dollars" {
  description = "Budget of a month in US dollars; a notice at 80 %."
  type        = number
}

variable "settings" {
  description = "Further settings of the service, as SRE_AGENT_<SETTING>."
  type        = map(string)
  default     = {}
}

variable "keep" {
  description = "Refuse to delete what holds data. Set it to false, apply, and then destroy."
  type        = bool
  default     = true
}

variable "subnet_ids" {
  description = "Private subnets (with a way out) where the API server of the cluster is private; none: no VPC."
  type        = list(string)
  default     = []
}

variable "security_group_ids" {
  description = "Security groups in them."
  type        = list(string)
  default     = []
}

variable "memory" {
  description = "Make a memory of AgentCore, in which past incidents are remembered."
  type        = bool
  default     = true
}

variable "mcp_servers" {
  description = "MCP servers that a gateway of AgentCore offers to other agents, and which of their tools (module gateway)."
  type        = map(object({ endpoint = string, tools = list(string), oauth_provider_arn = optional(string, ""), scopes = optional(list(string), []) }))
  default     = {}
}

variable "backup_region" {
  description = "Region of the backups and their key. Another one than `region`: a region that is lost takes what is in it."
  type        = string
}

variable "repository" {
  description = "Repository on GitHub that deploys, as OWNER/NAME; empty: none."
  type        = string
  default     = ""
}

variable "plans" {
  description = "Bucket of Terraform's state and its KMS key, for plans on pull requests of `repository`; empty: none."
  type        = object({ bucket_arn = string, key_arn = string })
  default     = { bucket_arn = "", key_arn = "" }
}
