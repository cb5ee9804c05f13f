variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "cidr" {
  description = "Addresses of the VPC, a /16 or a /20."
  type        = string
  default     = "10.60.0.0/16"
}

variable "zones" {
  description = "Number of availability zones."
  type        = number
  default     = 2

  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "Two or three zones: a load balancer needs two, and the addresses are split for up to four."
  }
}

variable "nat_gateways" {
  description = "Number of NAT gateways: one is cheapest, one for each zone survives the loss of a zone, none needs private_services."
  type        = number
  default     = 1
}

variable "private_services" {
  description = "Services reached through interface endpoints, such as [\"sqs\", \"ecr.api\", \"ecr.dkr\", \"logs\"]; each costs by the hour and zone."
  type        = list(string)
  default     = []
}

variable "key_arn" {
  description = "KMS key of the flow logs."
  type        = string
}
