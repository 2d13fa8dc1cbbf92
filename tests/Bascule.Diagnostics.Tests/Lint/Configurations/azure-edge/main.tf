resource "azurerm_container_app" "chat" {
  ingress {
    external_enabled = true
    target_port      = 8080
    transport        = "http"
    sticky_sessions  = "sticky"
  }
  template {
    min_replicas = 1
    max_replicas = 5
  }
}

resource "azurerm_cdn_frontdoor_route" "pages" {
  patterns_to_match = ["/static/*"]
  cache {
    query_string_caching_behavior = "IgnoreQueryString"
  }
}

resource "azurerm_cdn_frontdoor_route" "chat" {
  patterns_to_match   = ["/ws/*"]
  supported_protocols = ["Https"]
}
