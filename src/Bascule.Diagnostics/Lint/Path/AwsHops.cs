namespace Bascule.Diagnostics;

/// <summary>Balancers and gateways of AWS.</summary>
internal static class AwsHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) => [.. Balancers(deployment), .. Ingresses(deployment), .. Listeners(deployment), .. Gateways(deployment)];

    private static IEnumerable<Hop> Balancers(Deployment deployment) =>
        from balancer in deployment.Terraform.Of("aws_lb", "aws_alb", "aws_elb")
        where balancer.Text("load_balancer_type") is null or "application"
        let timeout = balancer.Body["idle_timeout"]
        select new Hop(HopType.AwsAlb, $"{balancer.Type}.{balancer.Name}", balancer.Place)
        {
            Idle = HopLimit.Of(timeout, balancer.Text("idle_timeout"), balancer.Place, 60, balancer.Type == "aws_elb" ? "aws-clb-idle-60" : "aws-alb-idle-60"),
        };

    private static IEnumerable<Hop> Ingresses(Deployment deployment)
    {
        foreach (var ingress in deployment.Kube("Ingress").Where(i => i.IngressClass == "alb"))
        {
            const string key = "idle_timeout.timeout_seconds=";
            var attributes = ingress.Annotation("alb.ingress.kubernetes.io/load-balancer-attributes");
            var at = attributes?.Value?.IndexOf(key, StringComparison.Ordinal) ?? -1;
            var text = at < 0 ? null : attributes!.Value![(at + key.Length)..].Split(',')[0];
            yield return new Hop(HopType.AwsAlb, $"Ingress {ingress.Name} (ALB)", ingress.Place) { Idle = HopLimit.Of(at < 0 ? null : attributes, text, ingress.Place, 60, "aws-alb-idle-60") };
        }
    }

    private static IEnumerable<Hop> Listeners(Deployment deployment) =>
        from listener in deployment.Terraform.Of("aws_lb_listener")
        where listener.Text("protocol") is "TCP" or "TLS" or "TCP_UDP"
        let timeout = listener.Text("protocol") == "TLS" ? null : listener.Body["tcp_idle_timeout_seconds"]
        select new Hop(HopType.AwsNlb, $"NLB listener {listener.Name}", listener.Place)
        {
            Idle = HopLimit.Of(timeout, null, listener.Place, 350, listener.Text("protocol") == "TLS" ? "aws-nlb-tls-350-fixed" : "aws-nlb-tcp-350"),
        };

    private static IEnumerable<Hop> Gateways(Deployment deployment) =>
        from api in deployment.Terraform.Of("aws_apigatewayv2_api")
        where api.Text("protocol_type") == "WEBSOCKET"
        select new Hop(HopType.AwsApiGateway, $"API Gateway {api.Name}", api.Place)
        {
            Idle = new HopLimit(600, api.Place, "aws-apigw-ws-idle-10m"),
            Lifetime = new HopLimit(7200, api.Place, "aws-apigw-ws-2h"),
        };
}
