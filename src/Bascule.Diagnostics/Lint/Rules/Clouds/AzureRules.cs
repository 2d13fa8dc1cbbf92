namespace Bascule.Diagnostics;

/// <summary>Rules about Azure.</summary>
internal static class AzureRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("AZ-APPSERVICE-WS-OFF", Severity.Error, Breaks.Handshake, "Terraform azurerm_windows_web_app, az webapp")
        {
            Why = "WebSockets are off in a Windows web app until they are switched on.",
            Symptom = "Every handshake gets an ordinary answer instead of 101.",
            Fix = "Set websockets_enabled = true.",
            Facts = ["az-appservice-ws-toggle"],
            Check = d => d.Terraform.Of("azurerm_windows_web_app", "azurerm_app_service").Where(a => a.Text("site_config", "websockets_enabled") is null or "false")
                .Select(a => new LintHit((a.Body["site_config"] ?? a.Body).Place, $"WebSockets are off for {a.Name}") { Edit = a.Body["site_config"] is { } site ? LineEdit.After(site.Place, "websockets_enabled = true") : null })
                .Concat(d.Commands.Where(c => c.Program == "az" && c.Flag("--web-sockets-enabled") == "false").Select(c => new LintHit(c.Place, "--web-sockets-enabled false"))),
            Fires = new LintExample(("main.tf", "resource \"azurerm_windows_web_app\" \"chat\" {\n  site_config {\n    always_on = true\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"azurerm_windows_web_app\" \"chat\" {\n  site_config {\n    always_on          = true\n    websockets_enabled = true\n  }\n}\n"), Samples.Pinging),
        },
        new("AZ-APPSERVICE-FREE-LIMIT", Severity.Warning, Breaks.Load, "Terraform azurerm_service_plan")
        {
            Why = "The free plan holds five connections.",
            Symptom = "The sixth client gets 429.",
            Fix = "Use B1 or above.",
            Facts = ["az-appservice-linux-free-5"],
            Check = d => d.Terraform.Of("azurerm_service_plan").Where(p => p.Text("sku_name") == "F1").Select(p => new LintHit(p.Body["sku_name"]!.Place, $"plan {p.Name} is the free one") { Edit = LineEdit.Value(p.Body["sku_name"], "B1") }),
            Fires = new LintExample(("main.tf", "resource \"azurerm_service_plan\" \"p\" {\n  sku_name = \"F1\"\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"azurerm_service_plan\" \"p\" {\n  sku_name = \"B1\"\n}\n"), Samples.Pinging),
        },
        IdleRule.Of("AZ-APPGW-TIMEOUT", Severity.Error, "Terraform azurerm_application_gateway, Ingress of its class", HopType.AzureGateway, "request_timeout", "request_timeout = 3600 or more", "main.tf", "resource \"azurerm_application_gateway\" \"gw\" {\n  backend_http_settings {\n    request_timeout = 30\n  }\n}\n", "az-appgw-request-timeout", "az-appgw-agic-30"),
        new("AZ-AFD-CACHE", Severity.Error, Breaks.Handshake, "Terraform azurerm_cdn_frontdoor_route")
        {
            Why = "A route that caches drops the Upgrade header.",
            Symptom = "Every handshake gets 400 or 426 from the origin.",
            Fix = "Give the WebSocket path a route without a cache block.",
            Facts = ["az-afd-cache-breaks-upgrade"],
            Check = d => d.Terraform.Of("azurerm_cdn_frontdoor_route").Where(r => r.Body["cache"] is not null && r.Body["patterns_to_match"]?.Texts.Any(p => p == "/*" || Intent.IsSocketPath(p)) == true)
                .Select(r => new LintHit(r.Body["cache"]!.Place, $"route {r.Name} caches, and its patterns cover the WebSocket path")),
            Fires = new LintExample(("main.tf", "resource \"azurerm_cdn_frontdoor_route\" \"r\" {\n  patterns_to_match = [\"/*\"]\n  cache {\n    query_string_caching_behavior = \"IgnoreQueryString\"\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"azurerm_cdn_frontdoor_route\" \"r\" {\n  patterns_to_match = [\"/ws/*\"]\n}\n"), Samples.Pinging),
        },
        new("AZ-AFD-LIFETIME", Severity.Info, Breaks.Connection, "Terraform azurerm_cdn_frontdoor_route")
        {
            Why = "Front Door ends every connection after 4 hours, and after 5 silent minutes.",
            Symptom = "Connections end after 4 hours whatever happens on them.",
            Fix = "Let clients come back, and rotate before the 4 hours; ping below 300 s.",
            Facts = ["az-afd-4h"],
            Check = d => d.Hops.Where(h => h.Kind == HopType.AzureFrontDoor && h.Lifetime!.Seconds < d.Options.Lifetime).Select(h => new LintHit(h.Place, $"{h.Name} ends connections after 4 hours; {TimeText.Show(d.Options.Lifetime)} s are wanted")),
            Fires = new LintExample(("main.tf", "resource \"azurerm_cdn_frontdoor_route\" \"r\" {\n  patterns_to_match = [\"/ws/*\"]\n}\n"), Samples.Pinging) { Options = new LintOptions(Lifetime: 86400) },
            Silent = new LintExample(("main.tf", "resource \"azurerm_cdn_frontdoor_route\" \"r\" {\n  patterns_to_match = [\"/ws/*\"]\n}\n"), Samples.Pinging) { Options = new LintOptions(Lifetime: 7200) },
        },
        IdleRule.Of("AZ-ACA-240", Severity.Warning, "Terraform azurerm_container_app", HopType.AzureContainerApps, "fixed", "premium ingress, which has a setting for it", "main.tf", "resource \"azurerm_container_app\" \"chat\" {\n  ingress {\n    transport = \"http\"\n  }\n}\n", "az-aca-240"),
        new("AZ-LB-IDLE-SILENT", Severity.Warning, Breaks.Connection, "Terraform azurerm_lb_rule")
        {
            Why = "Idle flows are forgotten without a word to either side, unless TCP reset is on.",
            Symptom = "Clients hang with a connection that looks open; nothing arrives any more.",
            Fix = "Set enable_tcp_reset = true and a longer idle_timeout_in_minutes, and send a heartbeat.",
            Facts = ["az-lb-idle-4m"],
            Check = d => d.Terraform.Of("azurerm_lb_rule").Where(r => r.Text("enable_tcp_reset") != "true" && r.Text("tcp_reset_enabled") != "true" && r.Text("idle_timeout_in_minutes") is null or "4")
                .Select(r => new LintHit(r.Place, $"rule {r.Name} forgets silent flows after 4 minutes without a reset") { Edit = LineEdit.After(r.Place, "enable_tcp_reset        = true", "idle_timeout_in_minutes = 30") }),
            Fires = new LintExample(("main.tf", "resource \"azurerm_lb_rule\" \"r\" {\n  protocol = \"Tcp\"\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"azurerm_lb_rule\" \"r\" {\n  enable_tcp_reset        = true\n  idle_timeout_in_minutes = 30\n}\n"), Samples.Pinging),
        },
    ];
}
