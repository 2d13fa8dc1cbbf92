resource "aws_cloudfront_distribution" "cdn" {
  ordered_cache_behavior {
    path_pattern             = "/ws*"
    target_origin_id         = "alb"
    viewer_protocol_policy   = "https-only"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.none.id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all_viewer.id
  }
  default_cache_behavior {
    target_origin_id       = "pages"
    viewer_protocol_policy = "redirect-to-https"
  }
}

resource "aws_lb" "tcp" {
  load_balancer_type = "network"
}

resource "aws_lb_listener" "mqtt" {
  load_balancer_arn        = aws_lb.tcp.arn
  port                     = 8883
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = 3600
}

resource "aws_instance" "worker" {
  instance_type = "m8i.large"
}
