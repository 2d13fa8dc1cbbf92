variable "idle" {
  type    = number
  default = 600
}

resource "aws_lb" "edge" {
  name               = "edge"
  load_balancer_type = "application"
  idle_timeout       = var.idle
}

resource "aws_lb_target_group" "chat" {
  port                 = 8080
  protocol             = "HTTP"
  protocol_version     = "HTTP1"
  target_type          = "ip"
  deregistration_delay = 90
  health_check {
    path    = "/healthz"
    matcher = "200"
  }
  stickiness {
    type    = "lb_cookie"
    enabled = true
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.edge.arn
  port              = 443
  protocol          = "HTTPS"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.pages.arn
  }
}

resource "aws_lb_target_group" "pages" {
  target_type = "lambda"
}

resource "aws_lb_listener_rule" "ws" {
  listener_arn = aws_lb_listener.https.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.chat.arn
  }
  condition {
    path_pattern { values = ["/ws*"] }
  }
}

resource "aws_ecs_task_definition" "chat" {
  family                = "chat"
  container_definitions = jsonencode([{ name = "chat", image = "1234.dkr.ecr.eu-west-1.amazonaws.com/chat:7", stopTimeout = 110, portMappings = [{ containerPort = 8080 }], ulimits = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }] }])
}

resource "aws_ecs_service" "chat" {
  desired_count   = 3
  task_definition = aws_ecs_task_definition.chat.arn
  load_balancer {
    target_group_arn = aws_lb_target_group.chat.arn
    container_name   = "chat"
    container_port   = 8080
  }
}
