region  = "eu-west-1"
image   = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/sre-agent:0.1.0"
notify  = { "oncall@example.org" = "email" }
tags    = { owner = "platform" }
cluster = { name = "shop", region = "eu-west-1", cluster = "shop" }
remedies = {
  grow   = { remedy = "resize-node-group", document = "SreAgent-ResizeNodeGroup", cluster = "shop" } # a document of yours
  tables = { remedy = "set-table-capacity", cluster = "shop" }                                       # one of infra/runbooks
  nodes  = { remedy = "reboot-node", cluster = "shop" }
}
monthly_dollars = 100
repository      = "example/sre-agent"
mcp_servers = {
  prometheus = { endpoint = "https://prometheus-mcp.example.org/mcp", tools = ["prometheus_query", "prometheus_alerts"] }
}
backup_region = "eu-central-1"
