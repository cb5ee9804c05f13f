region              = "eu-west-1"
image               = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.1.0"
notify              = { "oncall@example.org" = "email" }
tags                = { owner = "platform" }
clusters            = { shop = { region = "eu-west-1", cluster = "shop" } }
remedies            = { grow = { remedy = "resize-node-group", document = "SreAgent-ResizeNodeGroup", cluster = "shop" } }
monthly_dollars     = 1500
administrator_arns  = ["arn:aws:iam::000000000000:role/platform"]
administrator_cidrs = ["10.0.0.0/16"]
host_name           = "sre-agent.example.org"
load_balancer_arn   = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/sre-agent/0000000000000000"
webhook_secret      = "an-example"
caller_token        = "an-example"
repository          = "example/sre-agent"
night               = { stop = "cron(0 21 ? * MON-FRI *)", start = "cron(0 6 ? * MON-FRI *)", timezone = "Europe/Dublin" }
backup_region       = "eu-central-1"
