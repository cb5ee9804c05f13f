region          = "eu-west-1"
image           = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.1.0"
notify          = { "oncall@example.org" = "email" }
tags            = { owner = "platform" }
cluster         = { name = "shop", region = "eu-west-1", cluster = "shop" }
remedies        = { grow = { remedy = "resize-node-group", document = "SreAgent-ResizeNodeGroup", cluster = "shop" } }
monthly_dollars = 400
host_name       = "sre-agent.example.org"
certificate_arn = "arn:aws:acm:eu-west-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"
webhook_secret  = "an-example"
caller_token    = "an-example"
repository      = "example/sre-agent"
night           = { stop = "cron(0 21 ? * MON-FRI *)", start = "cron(0 6 ? * MON-FRI *)", timezone = "Europe/Dublin" }
backup_region   = "eu-central-1"
