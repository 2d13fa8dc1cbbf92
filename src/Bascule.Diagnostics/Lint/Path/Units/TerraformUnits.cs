using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Services in Terraform, and the balancer parts that lead to them.</summary>
internal static class TerraformUnits
{
    private static readonly HashSet<string> Services = new(StringComparer.Ordinal)
    {
        "google_cloud_run_v2_service", "google_cloud_run_service", "aws_ecs_task_definition", "aws_ecs_service", "aws_apprunner_service", "aws_instance", "azurerm_container_app",
        "azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service", "kubernetes_deployment",
    };

    private static readonly HashSet<string> Routes = new(StringComparer.Ordinal)
    {
        "aws_lb_target_group", "aws_alb_target_group", "google_compute_region_network_endpoint_group", "google_compute_backend_service", "google_compute_region_backend_service", "google_compute_health_check",
    };

    private static readonly Regex Reference = SourceText.Pattern(@"\b(?<key>(google|aws|azurerm|kubernetes)_[a-z0-9_]+\.[A-Za-z0-9_-]+)");
    private static readonly Regex Image = SourceText.Pattern(@"[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)+(:[A-Za-z0-9._-]+)?");

    internal static IEnumerable<DeployUnit> All(Deployment deployment)
    {
        var resources = deployment.Terraform.Resources.Where(r => Services.Contains(r.Type) || Routes.Contains(r.Type)).ToList();
        var sockets = SocketGroups(deployment).ToHashSet(StringComparer.Ordinal);
        // A target group does not name the service behind it: the service names the group.
        var behind = resources.Where(r => Services.Contains(r.Type)).SelectMany(r => References(r.Body).Select(to => (From: Key(r), To: to))).ToLookup(p => p.To, p => p.From, StringComparer.Ordinal);
        foreach (var resource in resources)
        {
            var (key, isService) = (Key(resource), Services.Contains(resource.Type));
            var images = isService ? resource.Body.Everything().Where(n => n.Key is "image" or "container_definitions" or "image_identifier" or "docker_image_name").SelectMany(n => Images(resource, n)).ToList() : [];
            yield return DeployUnit.Of(key, key, resource.Body, resource.Place) with
            {
                Names = isService ? UnitReader.Names([resource.Name, resource.Text("name"), .. images.Select(UnitReader.NameOf)]) : UnitReader.Names(resource.Name, resource.Text("name")),
                Images = images,
                IsRoute = !isService || resource.Type == "aws_ecs_service",
                IsPlain = sockets.Count > 0 && !sockets.Contains(key) && resource.Type is "aws_lb_target_group" or "aws_alb_target_group" && !Intent.IsSocketPath("/" + resource.Name),
                OwnSign = sockets.Contains(key) ? "a listener rule for a WebSocket path" : UnitReader.SignOf(resource.Name, "", Environment(resource)),
                // A service names its target group; asked the other way round, each would wait for the other.
                Links = isService ? [.. References(resource.Body).Where(k => Services.Contains(k.Split('.')[0]))] : [.. References(resource.Body), .. behind[key]],
            };
        }
    }

    private static string Key(TfResource resource) => $"{resource.Type}.{resource.Name}";

    private static IEnumerable<string> References(ConfigNode body) =>
        body.Everything().SelectMany(n => n.Value is { } value ? Reference.Matches(value).Select(m => m.Groups["key"].Value) : []).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Images(TfResource resource, ConfigNode node) =>
        node.Key == "container_definitions" ? Image.Matches(node.Value ?? "").Select(m => m.Value) : resource.From.Resolve(node.Value) is { } image ? [image] : [];

    private static IEnumerable<ConfigNode> Environment(TfResource resource) =>
        resource.Body.Deep("env").Concat(resource.Body.Deep("environment")).SelectMany(e => e.Items.Append(e)).Where(e => e.Text("name") is not null).Select(e => new ConfigNode(e.Text("name")!, e.Text("value"), e.Place));

    /// <summary>Target groups that a listener rule with a WebSocket path forwards to.</summary>
    private static IEnumerable<string> SocketGroups(Deployment deployment) =>
        from rule in deployment.Terraform.Of("aws_lb_listener_rule", "aws_alb_listener_rule")
        where rule.Body.Deep("path_pattern").SelectMany(p => p.Everything()).Concat(rule.Body.Deep("values")).SelectMany(v => v.Texts).Any(Intent.IsSocketPath)
        from key in References(rule.Body)
        where key.Contains("_target_group.", StringComparison.Ordinal)
        select key;
}
