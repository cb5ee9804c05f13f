variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "remedy" {
  description = "What is done: the name of a file in policies/remedies."
  type        = string

  validation {
    condition     = fileexists("${path.module}/policies/remedies/${var.remedy}.json")
    error_message = "There is no policies/remedies/NAME.json of this name."
  }

  validation {
    condition     = length("${var.name}-automation-${var.remedy}") <= 64
    error_message = "The name of a role has at most 64 characters: give the remedy a shorter name."
  }
}

variable "document" {
  description = "Name of your own Automation document that does it, with the tag sre-agent:cluster; empty: the one of infra/runbooks."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-zA-Z0-9_.-]{3,128})?$", var.document))
    error_message = "The name of one document, without a pattern."
  }
}

variable "stop_alarm" {
  description = "CloudWatch alarm that stops an execution of ours when it goes off; not the one that opens incidents. Empty: none."
  type        = string
  default     = ""
}

variable "cluster" {
  description = "Name of the one EKS cluster to which it is done."
  type        = string

  validation {
    condition     = can(regex("^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$", var.cluster))
    error_message = "The name of one cluster, without a pattern."
  }
}

variable "responder_arn" {
  description = "Role that may assume the writer."
  type        = string
}

variable "trust" {
  description = "Who may write, as a trust policy, where servers run on their own (pods); empty: the responder assumes the writer."
  type        = string
  default     = ""
}

variable "foundation" {
  description = "The outputs of module foundation: each use of a permit is recorded in its table."
  type        = object({ key_arn = string, store = object({ table_arns = map(string) }) })
}
