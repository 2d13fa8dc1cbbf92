namespace Bascule.Diagnostics;

/// <summary>Cloud Run and the load balancers of Google, GKE's included.</summary>
internal static class GoogleHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) => [.. Services(deployment), .. Balancers(deployment), .. Ingresses(deployment), .. Gateways(deployment)];

    private static IEnumerable<Hop> Services(Deployment deployment) =>
        from service in deployment.CloudRun
        where service.IsWhole
        let place = service.Timeout?.Place ?? service.Place
        select new Hop(HopType.CloudRun, $"Cloud Run service {service.Name}", service.Place)
        {
            Lifetime = service.IsTimeoutKnown ? new HopLimit(service.TimeoutSeconds, place, service.Timeout is null ? "gcp-run-timeout-default" : null) : null,
        };

    private static IEnumerable<Hop> Balancers(Deployment deployment)
    {
        foreach (var service in deployment.Terraform.Of("google_compute_backend_service", "google_compute_region_backend_service").Where(s => !IsServerless(deployment, s)))
        {
            var scheme = service.Text("load_balancing_scheme");
            var timeout = HopLimit.Of(service.Body["timeout_sec"], service.Text("timeout_sec"), service.Place, 30, scheme == "EXTERNAL" ? "gcp-lb-classic-hard-lifetime" : "gcp-lb-global-managed-idle");
            var isLifetime = scheme == "EXTERNAL" && service.Type == "google_compute_backend_service";
            if (scheme is not null)
                yield return new Hop(HopType.GoogleBalancer, $"backend service {service.Name}", service.Place) { Idle = isLifetime ? null : timeout, Lifetime = isLifetime ? timeout : null };
        }
    }

    /// <summary>Whether a backend service stands before Cloud Run or functions.</summary>
    internal static bool IsServerless(Deployment deployment, TfResource service)
    {
        var groups = deployment.Terraform.Of("google_compute_region_network_endpoint_group")
            .Where(g => g.Text("network_endpoint_type") is null or "SERVERLESS" || g.Body["cloud_run"] is not null).ToList();
        var texts = service.Body.All("backend").Select(b => b.Text("group")).ToList();
        if (texts.Any(t => t?.Contains("google_compute_region_network_endpoint_group.", StringComparison.Ordinal) == true))
            return groups.Count == 0 || texts.Any(t => groups.Any(g => t?.Contains($".{g.Name}.", StringComparison.Ordinal) == true || t?.EndsWith($".{g.Name}", StringComparison.Ordinal) == true))
                || texts.TrueForAll(t => t?.Contains('[') == true);
        // A plan does not know the group before it is made: the only kind of group there is will be it.
        return deployment.Terraform.HasPlan && groups.Count > 0 && texts.TrueForAll(t => t is null)
            && !deployment.Terraform.Of("google_compute_instance_group", "google_compute_instance_group_manager", "google_compute_region_instance_group_manager", "google_compute_network_endpoint_group").Any();
    }

    /// <summary>Ingresses that GKE makes a classic balancer of.</summary>
    internal static IEnumerable<KubeObject> GkeIngresses(Deployment deployment) =>
        deployment.Kube("Ingress").Where(i => i.IngressClass is "gce" or "gce-internal"
            || (i.IngressClass is null && (deployment.Kube("BackendConfig", "FrontendConfig", "ManagedCertificate").Any() || i.Body.At("metadata", "annotations")?.Children.Any(a => a.Key.Contains("networking.gke.io", StringComparison.Ordinal) || a.Key.Contains("ingress.global-static-ip", StringComparison.Ordinal)) == true)));

    private static IEnumerable<Hop> Ingresses(Deployment deployment)
    {
        var timeout = deployment.Kube("BackendConfig").Select(b => b.Body.At("spec", "timeoutSec")).FirstOrDefault(n => n is not null);
        return GkeIngresses(deployment).Select(i => new Hop(HopType.GoogleBalancer, $"GKE Ingress {i.Name}", i.Place) { Lifetime = HopLimit.Of(timeout, null, i.Place, 30, "gke-ingress-classic") });
    }

    private static IEnumerable<Hop> Gateways(Deployment deployment)
    {
        var isGke = deployment.Kube("Gateway").Any(g => g.Body.Text("spec", "gatewayClassName")?.StartsWith("gke-", StringComparison.Ordinal) == true);
        var timeout = deployment.Kube("GCPBackendPolicy").Select(p => p.Body.At("spec", "default", "timeoutSec")).FirstOrDefault(n => n is not null);
        return deployment.Kube("HTTPRoute").Where(_ => isGke)
            .Select(r => new Hop(HopType.GkeGateway, $"HTTPRoute {r.Name} on GKE", r.Place) { Idle = HopLimit.Of(timeout, null, r.Place, 30, "gke-gateway-policy-timeout") });
    }
}
