resource "google_compute_region_network_endpoint_group" "run" {
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = "chat"
  }
}

resource "google_compute_backend_service" "chat" {
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  timeout_sec           = var.ws_timeout
  session_affinity      = "GENERATED_COOKIE"
  custom_request_headers = [
    "Connection: upgrade",
    "Upgrade: websocket",
  ]
  backend {
    group = google_compute_region_network_endpoint_group.run.id
  }
  security_policy = google_compute_security_policy.armor.id
}

variable "ws_timeout" {
  default = 86400
}

resource "google_compute_security_policy" "armor" {
  rule {
    action   = "throttle"
    priority = 1000
    match {
      versioned_expr = "SRC_IPS_V1"
      config { src_ip_ranges = ["*"] }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      rate_limit_threshold {
        count        = 100
        interval_sec = 60
      }
    }
  }
}
