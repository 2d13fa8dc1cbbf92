resource "google_compute_backend_service" "chat" {
  name                            = "chat"
  load_balancing_scheme           = "EXTERNAL_MANAGED"
  protocol                        = "HTTP"
  timeout_sec                     = 3600
  connection_draining_timeout_sec = 300
  session_affinity                = "GENERATED_COOKIE"
  custom_request_headers          = ["X-Client-Region: {client_region}"]
  security_policy                 = google_compute_security_policy.edge.id
  health_checks                   = [google_compute_health_check.chat.id]
  backend {
    group           = google_compute_instance_group_manager.chat.instance_group
    balancing_mode  = "UTILIZATION"
    capacity_scaler = 1.0
  }
}

resource "google_compute_health_check" "chat" {
  http_health_check {
    port         = 8080
    request_path = "/healthz"
  }
}

resource "google_compute_security_policy" "edge" {
  rule {
    action   = "throttle"
    priority = 1000
    match {
      expr { expression = "request.path.matches('/ws')" }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 600
        interval_sec = 60
      }
    }
  }
}
