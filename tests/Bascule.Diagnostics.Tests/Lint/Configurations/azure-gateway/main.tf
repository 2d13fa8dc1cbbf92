resource "azurerm_application_gateway" "edge" {
  name = "edge"
  backend_http_settings {
    name                                = "chat"
    port                                = 8080
    protocol                            = "Http"
    request_timeout                     = 3600
    cookie_based_affinity               = "Enabled"
    pick_host_name_from_backend_address = false
    connection_draining {
      enabled           = true
      drain_timeout_sec = 300
    }
  }
  probe {
    name                = "chat"
    path                = "/healthz"
    interval            = 30
    timeout             = 10
    unhealthy_threshold = 3
  }
}

resource "azurerm_windows_web_app" "chat" {
  site_config {
    always_on          = true
    websockets_enabled = true
  }
}

resource "azurerm_lb_rule" "tls" {
  protocol                = "Tcp"
  enable_tcp_reset        = true
  idle_timeout_in_minutes = 30
}
