namespace Bascule.Diagnostics;

/// <summary>Gateways and balancers of Azure.</summary>
internal static class AzureHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) => [.. Gateways(deployment), .. Ingresses(deployment), .. FrontDoors(deployment), .. ContainerApps(deployment), .. Balancers(deployment)];

    private static IEnumerable<Hop> Gateways(Deployment deployment) =>
        from gateway in deployment.Terraform.Of("azurerm_application_gateway")
        from settings in gateway.Body.All("backend_http_settings")
        let timeout = settings["request_timeout"]
        select new Hop(HopType.AzureGateway, $"Application Gateway {settings.Text("name") ?? gateway.Name}", settings.Place)
        {
            Idle = HopLimit.Of(timeout, gateway.From.Resolve(timeout?.Value), settings.Place, 30, "az-appgw-request-timeout"),
        };

    /// <summary>Ingresses that the controller makes an Application Gateway of.</summary>
    private static IEnumerable<Hop> Ingresses(Deployment deployment) =>
        from ingress in deployment.Kube("Ingress")
        where ingress.IngressClass is "azure-application-gateway" or "azure/application-gateway"
        let timeout = ingress.Annotation("appgw.ingress.kubernetes.io/request-timeout")
        select new Hop(HopType.AzureGateway, $"Ingress {ingress.Name} (Application Gateway)", ingress.Place) { Idle = HopLimit.Of(timeout, null, ingress.Place, 30, "az-appgw-agic-30") };

    private static IEnumerable<Hop> FrontDoors(Deployment deployment) =>
        from route in deployment.Terraform.Of("azurerm_cdn_frontdoor_route")
        select new Hop(HopType.AzureFrontDoor, $"Front Door route {route.Name}", route.Place)
        {
            Idle = new HopLimit(300, route.Place, "az-afd-idle-5m"),
            Lifetime = new HopLimit(14400, route.Place, "az-afd-4h"),
        };

    private static IEnumerable<Hop> ContainerApps(Deployment deployment) =>
        from app in deployment.Terraform.Of("azurerm_container_app")
        where app.Body["ingress"] is { } ingress && ingress.Text("transport") != "tcp"
        select new Hop(HopType.AzureContainerApps, $"Container App {app.Name}", app.Place) { Idle = new HopLimit(240, app.Body["ingress"]!.Place, "az-aca-240") };

    private static IEnumerable<Hop> Balancers(Deployment deployment) =>
        from rule in deployment.Terraform.Of("azurerm_lb_rule")
        let timeout = rule.Body["idle_timeout_in_minutes"]
        select new Hop(HopType.AzureBalancer, $"load balancer rule {rule.Name}", rule.Place) { Idle = HopLimit.Of(timeout, null, rule.Place, 240, "az-lb-idle-4m", bare: 60) };
}
