# The responder on ECS Fargate behind a load balancer. Deployments go by canary: 10 % of the traffic for five minutes, then
# all of it; alarms and the circuit breaker roll back. The metrics of the service go to CloudWatch through a collector
# beside it.

data "aws_region" "here" {}

data "aws_vpc" "this" {
  id = var.vpc_id
}

resource "aws_ecs_cluster" "this" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_97:no volume of EFS is mounted; state is in the table and the bucket
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = var.role_arn
  execution_role_arn       = aws_iam_role.execution.arn
  tags                     = var.tags

  runtime_platform {
    cpu_architecture        = "ARM64"
    operating_system_family = "LINUX"
  }

  # The state folder: keys of the process and logs, gone with the task.
  volume {
    name = "state"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([
    # ECS gives secrets as variables alone; the service reads the secrets of monitors and its token from files.
    {
      name                   = "secret-files"
      image                  = var.image
      essential              = false
      readonlyRootFilesystem = true
      user                   = "10001"
      entryPoint             = ["python", "-c"]
      command                = [file("${path.module}/files/write_secrets.py")]
      mountPoints            = [{ sourceVolume = "state", containerPath = "/state" }]
      environment            = length(var.aws_profiles) == 0 ? [] : [{ name = "FILE_aws_config", value = local.aws_config }]
      secrets                = [for name, arn in var.secret_files : { name = "FILE_${name}", valueFrom = arn }]
    },
    {
      name                   = "responder"
      dependsOn              = [{ containerName = "secret-files", condition = "SUCCESS" }]
      image                  = var.image
      command                = ["serve", "--profile", "aws"]
      essential              = true
      readonlyRootFilesystem = true
      user                   = "10001"
      stopTimeout            = 60
      portMappings           = [{ containerPort = 8080, protocol = "tcp" }]
      mountPoints = [
        { sourceVolume = "state", containerPath = "/state" },
        { sourceVolume = "tmp", containerPath = "/tmp" },
      ]
      environment = [for name, value in local.environment : { name = name, value = value }]
      secrets     = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
      healthCheck = {
        command     = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health')"]
        interval    = 10
        timeout     = 5
        retries     = 3
        startPeriod = 60
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = var.log_group_name
          "awslogs-region"        = data.aws_region.here.region
          "awslogs-stream-prefix" = "responder"
          "mode"                  = "non-blocking"
        }
      }
    },
    {
      name                   = "collector"
      image                  = var.collector_image
      essential              = false
      readonlyRootFilesystem = true
      environment            = [{ name = "AOT_CONFIG_CONTENT", value = templatefile("${path.module}/files/collector.yaml", { name = var.name, region = data.aws_region.here.region, log_group = var.log_group_name }) }]
      secrets                = [for name, arn in var.collector_secrets : { name = name, valueFrom = arn }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = var.log_group_name
          "awslogs-region"        = data.aws_region.here.region
          "awslogs-stream-prefix" = "collector"
        }
      }
    },
  ])
}

locals {
  aws_config = join("", [for name, role in var.aws_profiles : "[profile ${name}]\nrole_arn = ${role}\ncredential_source = EcsContainer\n"])

  environment = merge(
    {
      SRE_AGENT_LISTEN_HOST       = "0.0.0.0"
      SRE_AGENT_TLS_ENDS_UPSTREAM = "true" # at the load balancer
      SRE_AGENT_STATE_DIR         = "/state"
      SRE_AGENT_STATE_DIR_TRUSTED = "true" # nobody else mounts it
    },
    length(var.aws_profiles) == 0 ? {} : { AWS_CONFIG_FILE = "/state/secrets/aws_config" },
    contains(keys(var.secret_files), "alarm_sources") ? { SRE_AGENT_ALARM_SOURCES_FILE = "/state/secrets/alarm_sources" } : {},
    contains(keys(var.secret_files), "token") ? { SRE_AGENT_TOKEN_FILE = "/state/secrets/token" } : {},
    var.environment,
  )
}

resource "aws_ecs_service" "this" {
  name                               = var.name
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.tasks.min
  platform_version                   = "LATEST"
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  health_check_grace_period_seconds  = 90
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  sigint_rollback                    = true
  wait_for_steady_state              = true
  tags                               = var.tags

  dynamic "capacity_provider_strategy" {
    for_each = { FARGATE = { base = 1, weight = 1 }, FARGATE_SPOT = { base = 0, weight = var.spot_weight } }
    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.service.id]
    assign_public_ip = false
  }

  deployment_configuration {
    strategy             = "CANARY"
    bake_time_in_minutes = "5"
    canary_configuration {
      canary_percent              = 10
      canary_bake_time_in_minutes = "5"
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = length(var.rollback_alarm_names) > 0
    rollback    = length(var.rollback_alarm_names) > 0
    alarm_names = var.rollback_alarm_names
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.side["blue"].arn
    container_name   = "responder"
    container_port   = 8080
    advanced_configuration {
      alternate_target_group_arn = aws_lb_target_group.side["green"].arn
      production_listener_rule   = aws_lb_listener_rule.service.arn
      role_arn                   = aws_iam_role.infrastructure.arn
    }
  }

  lifecycle {
    ignore_changes = [desired_count] # the autoscaler's
  }

  depends_on = [
    aws_ecs_cluster_capacity_providers.this,
    aws_iam_role_policy.execution,
    aws_iam_role_policy_attachment.infrastructure,
  ]
}
