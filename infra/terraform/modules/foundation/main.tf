# What every size has: the key, where state and images are kept, who is told, and what it may cost. Tracing is a setting of
# the whole account and region: it is made here unless it is made elsewhere.

module "key" {
  source       = "../key"
  name         = var.name
  tags         = var.tags
  sign_permits = var.sign_permits
}

module "queue" {
  source  = "../queue"
  name    = var.name
  tags    = var.tags
  key_arn = module.key.arn
}

# What a person waits for is taken first.
module "urgent_queue" {
  source  = "../queue"
  name    = "${var.name}-urgent"
  tags    = var.tags
  key_arn = module.key.arn
}

module "store" {
  source  = "../store"
  name    = var.name
  tags    = var.tags
  key_arn = module.key.arn
  keep    = var.keep
}

module "wake_ups" {
  source     = "../wake_ups"
  name       = var.name
  tags       = var.tags
  queue_arns = [module.queue.arn, module.urgent_queue.arn]
  key_arn    = module.key.arn
}

module "registry" {
  source    = "../registry"
  name      = var.name
  tags      = var.tags
  key_arn   = module.key.arn
  agentcore = var.agentcore
  keep      = var.keep
}

module "notifications" {
  source        = "../notifications"
  name          = var.name
  tags          = var.tags
  key_arn       = module.key.arn
  subscriptions = var.notify
}

module "logs" {
  source  = "../logs"
  name    = var.name
  tags    = var.tags
  key_arn = module.key.arn
}

module "costs" {
  source          = "../costs"
  name            = var.name
  tags            = var.tags
  monthly_dollars = var.monthly_dollars
  cost_tag        = { key = "sre-agent:deployment", value = var.name }
  topic_arn       = module.notifications.topic_arn
}

module "tracing" {
  source = "../tracing"
  count  = var.tracing ? 1 : 0
  name   = var.name
  tags   = var.tags
}

# Without a value: the responder makes its key at the first use. With a key of KMS there is nothing to keep.
module "secrets" {
  source  = "../secrets"
  name    = var.name
  tags    = var.tags
  key_arn = module.key.arn
  secrets = var.sign_permits ? {} : { permit-keys = "The key that signs permits, made by the responder" }
}

data "aws_region" "here" {}
