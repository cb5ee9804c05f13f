# The load balancer, and who reaches what.

resource "aws_security_group" "entrance" {
  name        = "${var.name}-entrance"
  description = "HTTPS to the load balancer"
  vpc_id      = var.vpc_id
  tags        = var.tags

  ingress {
    description = "HTTPS from those who call"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = var.caller_cidrs
  }

  egress {
    description = "To the service"
    from_port   = 8080
    to_port     = 8080
    protocol    = "tcp"
    cidr_blocks = [data.aws_vpc.this.cidr_block]
  }
}

resource "aws_security_group" "service" {
  name        = "${var.name}-service"
  description = "The responder"
  vpc_id      = var.vpc_id
  tags        = var.tags

  ingress {
    description     = "From the load balancer"
    from_port       = 8080
    to_port         = 8080
    protocol        = "tcp"
    security_groups = [aws_security_group.entrance.id]
  }

  egress {
    description = "HTTPS to AWS, the API servers of clusters and chat models"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description = "Prometheus in the VPC"
    from_port   = 9090
    to_port     = 9090
    protocol    = "tcp"
    cidr_blocks = [data.aws_vpc.this.cidr_block]
  }
}

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_28:module firewall is attached to it by whoever calls this module
  #checkov:skip=CKV_AWS_91:the firewall in front of it logs every request (module firewall)
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = var.internal
  subnets                    = var.internal ? var.private_subnet_ids : var.public_subnet_ids
  security_groups            = [aws_security_group.entrance.id]
  drop_invalid_header_fields = true
  enable_deletion_protection = var.keep
  idle_timeout               = 900 # progress is streamed for as long as an incident takes
  tags                       = var.tags
}

# Blue and green: a canary has its own group until it is the service.
resource "aws_lb_target_group" "side" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; the service speaks HTTP inside the VPC to it alone
  for_each             = toset(["blue", "green"])
  name                 = "${var.name}-${each.key}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 8080
  deregistration_delay = "60"
  tags                 = var.tags

  health_check {
    path                = "/health"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "service" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 100
  tags         = var.tags

  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.side["blue"].arn
        weight = 100
      }
      target_group {
        arn    = aws_lb_target_group.side["green"].arn
        weight = 0
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  lifecycle {
    ignore_changes = [action] # ECS moves the weights
  }
}

module "trust" {
  source = "../trust"
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = module.trust.policies["ecs_tasks"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name = "start-the-task"
  role = aws_iam_role.execution.id
  policy = templatefile("${path.module}/policies/execution.json", {
    repository_arn = var.repository_arn
    log_group_arn  = var.log_group_arn
    key_arn        = var.key_arn
    secrets        = jsonencode(distinct(concat(values(var.secrets), values(var.secret_files), values(var.collector_secrets))))
  })
}

# Moves the load balancer's weights during a canary.
resource "aws_iam_role" "infrastructure" {
  name               = "${var.name}-deployments"
  assume_role_policy = file("${path.module}/policies/trust_ecs.json")
  tags               = var.tags
}

resource "aws_iam_role_policy_attachment" "infrastructure" {
  role       = aws_iam_role.infrastructure.name
  policy_arn = "arn:${data.aws_partition.here.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

data "aws_partition" "here" {}

resource "aws_iam_role_policy" "metrics" {
  name   = "collector"
  role   = var.role_name
  policy = templatefile("${path.module}/policies/collector.json", { log_group_arn = var.log_group_arn })
}
