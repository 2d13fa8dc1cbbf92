using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about the balancers of AWS.</summary>
internal static class AwsRules
{
    private const string Nlb = "service.beta.kubernetes.io/aws-load-balancer-";

    /// <summary>Families of the sixth Nitro generation; which they are is recalled, so the rule is a hint.</summary>
    private static readonly Regex SixthNitro = SourceText.Pattern(@"^([cmrx]8i(-flex)?|[cmr]8a|[cmr]8g[nb]|p6-b[23]00)\.");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        IdleRule.Of("AWS-ALB-IDLE", Severity.Warning, "Terraform aws_lb and aws_elb, Ingress of class alb", HopType.AwsAlb, "idle_timeout", "idle_timeout = 300", "main.tf", "resource \"aws_lb\" \"web\" {\n  load_balancer_type = \"application\"\n}\n", "aws-alb-idle-60", "aws-clb-idle-60", "aws-ecs-express"),
        new("AWS-ALB-TG-HTTP2", Severity.Error, Breaks.Handshake, "Terraform aws_lb_target_group")
        {
            Why = "A target group that expects HTTP/2 or gRPC refuses the HTTP/1.1 handshake.",
            Symptom = "Every handshake gets 464; the browser shows 1006.",
            Fix = "Set protocol_version = \"HTTP1\".",
            Facts = ["aws-alb-464"],
            Check = d => Groups(d).Where(g => g.Text("protocol_version") is "HTTP2" or "GRPC").Select(g => new LintHit(g.Body["protocol_version"]!.Place, $"target group {g.Name} expects {g.Text("protocol_version")}") { Edit = LineEdit.Value(g.Body["protocol_version"], "HTTP1") }),
            Fires = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  protocol_version = \"HTTP2\"\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  protocol_version = \"HTTP1\"\n}\n"), Samples.Pinging),
        },
        new("AWS-ALB-LAMBDA-TARGET", Severity.Error, Breaks.Handshake, "Terraform aws_lb_target_group")
        {
            Why = "A function answers one request; it cannot hold a connection that was upgraded.",
            Symptom = "Every handshake gets an ordinary answer instead of 101.",
            Fix = "Use a container as target, or API Gateway with WebSocket routes.",
            Facts = ["aws-alb-lambda-no-ws"],
            Check = d => Groups(d).Where(g => g.Text("target_type") == "lambda").Select(g => new LintHit(g.Body["target_type"]!.Place, $"target group {g.Name} sends to a function")),
            Fires = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  target_type = \"lambda\"\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  target_type = \"ip\"\n}\n"), Samples.Pinging),
        },
        new("AWS-ALB-DEREG-VS-STOP", Severity.Warning, Breaks.Connection, "Terraform aws_lb_target_group, against stopTimeout of ECS")
        {
            Why = "The balancer drains longer than the task lives: what is still open when the task is killed is cut.",
            Symptom = "Each deployment cuts connections with 1006 some seconds after the tasks were told to stop.",
            Fix = "Close with 1001 on SIGTERM, and set stopTimeout (up to 120) at least as long as deregistration_delay.",
            Facts = ["aws-alb-dereg-300"],
            Check = d => from task in d.Terraform.Of("aws_ecs_task_definition").Take(1)
                         let stop = task.Body.Deep("stopTimeout").Concat(task.Body.Deep("stop_timeout")).Select(n => TimeText.Number(n.Value)).FirstOrDefault() ?? 30
                         from g in Groups(d)
                         let delay = g.Number("deregistration_delay") ?? 300
                         where delay > stop && g.Text("target_type") is "ip" or "instance"
                         select new LintHit((g.Body["deregistration_delay"] ?? g.Body).Place, $"connections drain for {delay} s, but tasks are killed {stop} s after they were told to stop ({task.Place})"),
            Fires = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  target_type          = \"ip\"\n  deregistration_delay = 300\n}\nresource \"aws_ecs_task_definition\" \"ws\" {\n  container_definitions = jsonencode([{ name = \"ws\" }])\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"aws_lb_target_group\" \"ws\" {\n  target_type          = \"ip\"\n  deregistration_delay = 100\n}\nresource \"aws_ecs_task_definition\" \"ws\" {\n  container_definitions = jsonencode([{ name = \"ws\", stopTimeout = 120 }])\n}\n"), Samples.Pinging),
        },
        IdleRule.Of("AWS-NLB-IDLE", Severity.Warning, "Terraform aws_lb_listener of a network load balancer", HopType.AwsNlb, "tcp_idle_timeout_seconds", "tcp_idle_timeout_seconds = 3600 (TCP listeners only)", "main.tf", "resource \"aws_lb_listener\" \"l\" {\n  protocol = \"TLS\"\n}\n", "aws-nlb-tcp-350", "aws-nlb-tls-350-fixed"),
        new("AWS-NLB-CLB-ANNOTATION", Severity.Warning, Breaks.Deploy, "Annotations of Services")
        {
            Why = "The annotation belongs to classic load balancers; a network load balancer does not read it.",
            Symptom = "Silent connections are reset after 350 s, as before.",
            Fix = "Send a heartbeat; or set the idle timeout of the listener.",
            Facts = ["aws-nlb-clb-annotation"],
            IsWrongFix = true,
            Check = d => from service in d.Kube("Service")
                         let idle = service.Annotation(Nlb + "connection-idle-timeout")
                         where idle is not null && service.Annotation(Nlb + "type")?.Value is "nlb" or "external" or "nlb-ip"
                         select new LintHit(idle.Place, "connection-idle-timeout on a network load balancer") { Edit = LineEdit.Remove(idle.Place) },
            Fires = new LintExample(("svc.yaml", Service("type: nlb", "connection-idle-timeout: \"3600\"")), Samples.Pinging),
            Silent = new LintExample(("svc.yaml", Service("type: nlb")), Samples.Pinging),
        },
        new("AWS-CLB-HTTP-LISTENER", Severity.Error, Breaks.Handshake, "Terraform aws_elb, annotations of Services")
        {
            Why = "A layer 7 listener of a classic load balancer drops the Upgrade header.",
            Symptom = "Every handshake gets 400, 404 or 426.",
            Fix = "Use a TCP or SSL listener with the PROXY protocol, or an application load balancer.",
            Facts = ["aws-clb-l7-no-ws"],
            Check = d => d.Terraform.Of("aws_elb").SelectMany(e => e.Body.All("listener")).Select(l => l["lb_protocol"]).Where(p => p?.Value?.ToLowerInvariant() is "http" or "https")
                .Select(p => new LintHit(p!.Place, $"a classic load balancer listens with {p.Value}") { Edit = LineEdit.Value(p, p.Value == "https" ? "ssl" : "tcp") }),
            Fires = new LintExample(("main.tf", "resource \"aws_elb\" \"web\" {\n  idle_timeout = 300\n  listener {\n    lb_protocol       = \"https\"\n    instance_protocol = \"http\"\n  }\n}\n"), Samples.Pinging),
            Silent = new LintExample(("main.tf", "resource \"aws_elb\" \"web\" {\n  idle_timeout = 300\n  listener {\n    lb_protocol       = \"ssl\"\n    instance_protocol = \"tcp\"\n  }\n}\n"), Samples.Pinging),
        },
        new("AWS-LBC-SCHEME-INTERNAL", Severity.Warning, Breaks.Handshake, "Ingress of class alb")
        {
            Why = "The controller builds an internal load balancer unless it is told otherwise.",
            Symptom = "Clients outside the network time out; inside it works.",
            Fix = "Set the annotation alb.ingress.kubernetes.io/scheme: internet-facing.",
            Facts = ["aws-lbc-defaults"],
            IsForAll = true,
            Check = d => d.Kube("Ingress").Where(i => i.IngressClass == "alb" && i.Annotation("alb.ingress.kubernetes.io/scheme") is null && i.Body.Deep("host").Any(h => h.Value is { } host && !host.EndsWith(".internal", StringComparison.Ordinal) && !host.EndsWith(".local", StringComparison.Ordinal)))
                .Select(i => new LintHit(i.Place, $"Ingress {i.Name} serves a public host and names no scheme")),
            Fires = new LintExample(("ing.yaml", Alb(""))),
            Silent = new LintExample(("ing.yaml", Alb("    alb.ingress.kubernetes.io/scheme: internet-facing\n"))),
        },
        new("AWS-EC2-CONNTRACK-350", Severity.Info, Breaks.Connection, "Terraform: instance types of the sixth Nitro generation")
        {
            Why = "On these instances security groups forget a TCP connection after 350 silent seconds; on older ones after five days.",
            Symptom = "After a change of the instance type, quiet connections hang or are reset after six minutes.",
            Fix = "Ping from the server; or set tcp_established_timeout in connection_tracking_specification of the network interface.",
            Facts = ["aws-ec2-conntrack-350"],
            Check = d => from resource in d.Terraform.Of("aws_instance", "aws_launch_template", "aws_launch_configuration", "aws_eks_node_group")
                         let type = resource.Body["instance_type"] ?? resource.Body["instance_types"]
                         where type is not null && d.Quickest is not { Seconds: < 350 } && !resource.Body.Deep("tcp_established_timeout").Any()
                         let name = type.Texts.Select(t => resource.From.Resolve(t)).FirstOrDefault(t => t is not null && SixthNitro.IsMatch(t))
                         where name is not null
                         select new LintHit(type.Place, $"{name} forgets connections that are silent for 350 s, and no heartbeat below that was found"),
            Fires = new LintExample(("main.tf", "variable \"type\" {\n  default = \"m8i.large\"\n}\nresource \"aws_instance\" \"ws\" {\n  instance_type = var.type\n}\n"), Samples.Quiet),
            Silent = new LintExample(("main.tf", "variable \"type\" {\n  default = \"m8i.large\"\n}\nresource \"aws_instance\" \"ws\" {\n  instance_type = var.type\n}\n"), Samples.Ping(25)),
        },
        new("INGRESS-NGINX-L7-FRONT", Severity.Error, Breaks.Handshake, "Service of an ingress controller on AWS")
        {
            Why = "The balancer before the controller works on layer 7 and drops the Upgrade header.",
            Symptom = "Every handshake gets 400 or 426, whatever the Ingress says.",
            Fix = "Use tcp with the PROXY protocol, or a network load balancer.",
            Facts = ["ingress-nginx-l7-front"],
            Check = d => d.Kube("Service").Where(s => s.Annotation(Nlb + "type") is null).Select(s => s.Annotation(Nlb + "backend-protocol")).Where(a => a?.Value is "http" or "https")
                .Select(a => new LintHit(a!.Place, $"a classic load balancer speaks {a.Value} to this Service") { Edit = LineEdit.Value(a, "tcp") }),
            Fires = new LintExample(("svc.yaml", Service("backend-protocol: http")), Samples.Pinging),
            Silent = new LintExample(("svc.yaml", Service("type: nlb")), Samples.Pinging),
        },
    ];

    private static string Service(params string[] annotations) =>
        $"apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\n  annotations:\n{string.Concat(annotations.Select(a => $"    {Nlb}{a}\n"))}";

    private static string Alb(string annotation) =>
        $"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: chat\n  annotations:\n    alb.ingress.kubernetes.io/target-type: ip\n{annotation}spec:\n  ingressClassName: alb\n  rules:\n    - host: chat.example.com\n";

    private static IEnumerable<TfResource> Groups(Deployment deployment) => deployment.Terraform.Of("aws_lb_target_group", "aws_alb_target_group");
}
