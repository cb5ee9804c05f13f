variable "name" {
  description = "Prefix of every name that this module gives."
  type        = string
}

variable "tags" {
  description = "Tags on everything that can have tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "topic_arn" {
  description = "Topic that is told of alarms."
  type        = string
}

variable "namespace" {
  description = "Namespace of the service's own metrics."
  type        = string
  default     = "SreAgent"
}

variable "queue_name" {
  description = "The queue; empty: this size has none of its own."
  type        = string
  default     = ""
}

variable "dead_name" {
  description = "The queue of dead letters."
  type        = string
  default     = ""
}

variable "undelivered_name" {
  description = "Queue of alarms that could not be delivered; empty: none."
  type        = string
  default     = ""
}

variable "errors" {
  description = "Which metrics count failed and all requests."
  type        = object({ namespace = string, errors = string, requests = string, dimensions = map(string) })
  default     = null
}

variable "latency" {
  description = "Which metric measures answers, and from which 95th percentile on (in its own unit) it is an alarm."
  type        = object({ namespace = string, metric = string, dimensions = map(string), threshold = number })
  default     = null
}

variable "hourly_dollars" {
  description = "What chat models may cost in an hour, in US dollars."
  type        = number
  default     = 5
}
