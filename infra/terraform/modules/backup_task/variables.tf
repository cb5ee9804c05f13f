variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "schedule" {
  description = "When a backup is made; with one an hour, more than an hour of work can be lost."
  type        = string
  default     = "rate(30 minutes)"
}

variable "kept" {
  description = "Backups that are kept, the newest first; 96 are those of two days."
  type        = number
  default     = 96
}

variable "image" {
  description = "The responder's image, as REPOSITORY:TAG."
  type        = string
}

variable "repository_arn" {
  description = "Repository that the image is pulled from."
  type        = string
}

variable "role_arn" {
  description = "Role that makes backups (module backups)."
  type        = string
}

variable "environment" {
  description = "Settings of the service, those of module backups among them, as SRE_AGENT_<SETTING>."
  type        = map(string)
}

variable "cluster_arn" {
  description = "ECS cluster in which the task runs; empty with own_cluster."
  type        = string
  default     = ""
}

variable "own_cluster" {
  description = "Make an ECS cluster for it."
  type        = bool
  default     = false
}

variable "subnet_ids" {
  description = "Private subnets of the task; they reach the services of AWS."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups of the task, which let it reach HTTPS."
  type        = list(string)
}

variable "log_group_name" {
  description = "Log of the service."
  type        = string
}

variable "log_group_arn" {
  description = "Its ARN."
  type        = string
}

variable "key_arn" {
  description = "KMS key of the schedule."
  type        = string
}

variable "cpu" {
  description = "CPU of a task, in 1/1024."
  type        = number
  default     = 512
}

variable "memory" {
  description = "Memory of a task in MiB."
  type        = number
  default     = 1024
}

variable "scratch_gib" {
  description = "Disk of a task in GiB, for the largest part before it is in S3; at least 21."
  type        = number
  default     = 30
}
