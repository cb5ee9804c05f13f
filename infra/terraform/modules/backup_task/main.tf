# Makes a backup each half hour, as a task on Fargate that EventBridge Scheduler starts. What is lost in a disaster is the time
# since the last one, and the minutes that one takes. A start that fails is tried again until the next one is due; that no
# backup came is found by `sre-agent ops daily`.

data "aws_region" "here" {}

data "aws_partition" "here" {}

data "aws_caller_identity" "here" {}

module "trust" {
  source = "../trust"
}

resource "aws_ecs_cluster" "this" {
  count = var.own_cluster ? 1 : 0
  name  = "${var.name}-backup"
  tags  = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  cluster_arn = var.own_cluster ? aws_ecs_cluster.this[0].arn : var.cluster_arn
  own = {
    SRE_AGENT_STATE_DIR         = "/state"
    SRE_AGENT_STATE_DIR_TRUSTED = "true" # nobody else mounts it
    SRE_AGENT_BACKUP_KEEP       = tostring(var.kept)
  }
}

resource "aws_ecs_task_definition" "this" {
  #checkov:skip=CKV_AWS_97:no volume of EFS is mounted; what is copied is in S3
  family                   = "${var.name}-backup"
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

  # The largest part, before it is in S3.
  ephemeral_storage {
    size_in_gib = var.scratch_gib
  }

  volume {
    name = "state"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([
    {
      name                   = "backup"
      image                  = var.image
      command                = ["backup", "--profile", "aws"]
      essential              = true
      readonlyRootFilesystem = true
      user                   = "10001"
      mountPoints = [
        { sourceVolume = "state", containerPath = "/state" },
        { sourceVolume = "tmp", containerPath = "/tmp" },
      ]
      environment = [for name, value in merge(var.environment, local.own) : { name = name, value = value }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group"         = var.log_group_name
          "awslogs-region"        = data.aws_region.here.region
          "awslogs-stream-prefix" = "backup"
        }
      }
    },
  ])
}

resource "aws_scheduler_schedule" "this" {
  name                = "${var.name}-backup"
  description         = "A backup of the responder"
  schedule_expression = var.schedule
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.cluster_arn
    role_arn = aws_iam_role.schedule.arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.this.arn
      launch_type         = "FARGATE"
      propagate_tags      = "TASK_DEFINITION"

      network_configuration {
        subnets          = var.subnet_ids
        security_groups  = var.security_group_ids
        assign_public_ip = false
      }
    }

    retry_policy {
      maximum_event_age_in_seconds = 1500
      maximum_retry_attempts       = 5
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-backup-execution"
  assume_role_policy = module.trust.policies["ecs_tasks"]
  tags               = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name = "start-tasks"
  role = aws_iam_role.execution.id
  policy = templatefile("${path.module}/policies/execution.json", {
    repository_arn = var.repository_arn
    log_group_arn  = var.log_group_arn
  })
}

resource "aws_iam_role" "schedule" {
  name = "${var.name}-backup-schedule"
  tags = var.tags
  assume_role_policy = templatefile("${path.module}/policies/trust_scheduler.json", {
    account = data.aws_caller_identity.here.account_id
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "start-backups"
  role = aws_iam_role.schedule.id
  policy = templatefile("${path.module}/policies/schedule.json", {
    partition   = data.aws_partition.here.partition
    region      = data.aws_region.here.region
    account     = data.aws_caller_identity.here.account_id
    name        = var.name
    cluster_arn = local.cluster_arn
    key_arn     = var.key_arn
    role_arns   = jsonencode([var.role_arn, aws_iam_role.execution.arn])
  })
}
