variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "mcp_servers" {
  description = "MCP servers that the gateway offers, by target name, and the tools that callers may use; none of the others."
  type = map(object({
    endpoint           = string
    tools              = list(string)
    oauth_provider_arn = optional(string, "")
    scopes             = optional(list(string), [])
  }))

  validation {
    condition     = alltrue([for name in keys(var.mcp_servers) : can(regex("^[a-z][a-z0-9-]{0,30}$", name))])
    error_message = "The name of a target begins with a small letter and has at most 31 small letters, digits and hyphens."
  }
}

variable "enforced" {
  description = "Deny what no policy permits; false: only note in the traces what would be denied."
  type        = bool
  default     = true
}

variable "discovery_url" {
  description = "OIDC discovery of the callers' tokens; empty: callers sign with AWS credentials."
  type        = string
  default     = ""
}

variable "allowed_clients" {
  description = "Clients of the OIDC issuer that may call."
  type        = list(string)
  default     = []
}

variable "key_arn" {
  description = "KMS key of gateway and policy engine."
  type        = string
}
