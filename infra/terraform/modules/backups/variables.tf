variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "region" {
  description = "Region of the bucket and the key; empty: that of the state, which a lost region takes the backups with."
  type        = string
  default     = ""
}

variable "runs_in" {
  description = "Where backups are made: ecs_tasks (module backup_task) or pods (the CronJob)."
  type        = string

  validation {
    condition     = contains(["ecs_tasks", "pods"], var.runs_in)
    error_message = "They are made in ecs_tasks or pods."
  }
}

variable "foundation" {
  description = "The outputs of module foundation."
  type = object({
    key_arn = string
    store   = object({ table_arns = map(string), bucket_arn = string })
  })
}

variable "responder_name" {
  description = "Role of the service, which may list the backups and read none."
  type        = string
}

variable "removed_days" {
  description = "Days for which a backup that was removed can be had back."
  type        = number
  default     = 7
}

variable "keep" {
  description = "Refuse to delete the bucket while something is in it."
  type        = bool
  default     = true
}
