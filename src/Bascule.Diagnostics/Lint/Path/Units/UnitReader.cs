namespace Bascule.Diagnostics;

/// <summary>Finds the units of a deployment.</summary>
internal static class UnitReader
{
    private static readonly string[] OwnKeys = ["WS_PORT", "WS_PATH", "WS_MODE", "WEBSOCKET_PORT", "WEBSOCKET_ENABLED", "WEBSOCKET_HEARTBEAT_INTERVAL", "WEBSOCKET_HEARTBEAT_TIMEOUT", "WEBSOCKET_TIMEOUT"];

    internal static IEnumerable<DeployUnit> All(Deployment deployment)
    {
        var environments = deployment.Containers.ToLookup(c => (object?)c.Body, c => c.Environment, ReferenceEqualityComparer.Instance);
        return [.. Compose(deployment, environments), .. Workloads(deployment, environments), .. Services(deployment), .. Routes(deployment), .. CloudRun(deployment), .. TerraformUnits.All(deployment), .. WholeFiles(deployment)];
    }

    /// <summary>The last part of an image's name, without its tag: <c>chat</c>.</summary>
    internal static string NameOf(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..];
        var end = name.IndexOfAny([':', '@']);
        return end < 0 ? name : name[..end];
    }

    private static IEnumerable<DeployUnit> Compose(Deployment deployment, ILookup<object?, IReadOnlyList<ConfigNode>> environments) =>
        from file in deployment.Of(FileKind.Compose)
        from service in file.Root!.Children.SelectMany(d => d["services"]?.Children ?? [])
        let image = service.Text("image") ?? ""
        select DeployUnit.Of($"compose/{service.Key}", service.Key, service, service.Place) with
        {
            Names = Names(service.Key, service.Text("container_name"), NameOf(image)),
            Images = [image],
            Folder = service["build"] is { } build ? Joined(file.Folder, build.Value ?? build.Text("context") ?? ".") : null,
            OwnSign = SignOf(service.Key, image, environments[service].SelectMany(e => e)) ?? (TraefikLabels(service).Any(l => Intent.IsSocketPath(RoutedHosts.TraefikPath(l))) ? "a route for a WebSocket path" : null),
        };

    private static IEnumerable<string> TraefikLabels(ConfigNode service) =>
        (service["labels"]?.Children ?? []).Select(l => $"{l.Key}={l.Value}").Where(l => l.Contains(".rule=", StringComparison.Ordinal));

    private static IEnumerable<DeployUnit> Workloads(Deployment deployment, ILookup<object?, IReadOnlyList<ConfigNode>> environments) =>
        from workload in deployment.Objects
        where workload.PodSpec is not null
        let images = workload.PodContainers.Select(c => c.Text("image") ?? "").ToList()
        let environment = workload.PodContainers.SelectMany(c => environments[c]).SelectMany(e => e).ToList()
        select DeployUnit.Of($"workload/{workload.Name}", workload.Name, workload.Body, workload.Place) with
        {
            Names = Names([workload.Name, .. images.Select(NameOf)]),
            Images = images,
            OwnSign = SignOf(workload.Name, images.FirstOrDefault() ?? "", environment),
        };

    private static IEnumerable<DeployUnit> Services(Deployment deployment) =>
        from service in deployment.Kube("Service")
        where service.ApiVersion == "v1"
        let selector = service.Body.At("spec", "selector")?.Children ?? []
        select DeployUnit.Of($"service/{service.Name}", $"Service {service.Name}", service.Body, service.Place) with
        {
            Names = Names(service.Name),
            IsRoute = true,
            Links = [.. deployment.Selected(selector).Select(o => $"workload/{o.Name}")],
        };

    private static IEnumerable<DeployUnit> Routes(Deployment deployment) =>
        from route in deployment.Kube("Ingress", "HTTPRoute", "VirtualService", "IngressRoute")
        select DeployUnit.Of($"route/{route.Name}", $"{route.Kind} {route.Name}", route.Body, route.Place) with
        {
            IsRoute = true,
            OwnSign = RoutedHosts.Rules(route).Any(r => r.Paths.Any(Intent.IsSocketPath)) ? "a WebSocket path" : null,
            Links = [.. RoutedHosts.Rules(route).SelectMany(r => r.Services).Select(s => $"service/{s}")],
        };

    private static IEnumerable<DeployUnit> CloudRun(Deployment deployment)
    {
        foreach (var command in deployment.Commands.Where(c => c.Starts("gcloud", "run", "deploy") && c.Words.Count > 3))
        {
            var (image, source) = (command.Flag("--image") ?? "", command.Flag("--source"));
            yield return new DeployUnit($"run/{command.Words[3]}", command.Words[3], command.Place, command.Place.Line)
            {
                Names = Names(command.Words[3], NameOf(image)),
                Images = [image],
                Folder = source is null or "" ? null : Joined("", source),
                OwnSign = SignOf(command.Words[3], image, []),
            };
        }
    }

    /// <summary>Files that are about the program of their folder.</summary>
    private static IEnumerable<DeployUnit> WholeFiles(Deployment deployment) =>
        from file in deployment.Files
        where file.Kind is FileKind.Dockerfile or FileKind.Procfile || file.Name is "requirements.txt" or "pyproject.toml" or "fly.toml" or "railway.json" or "railway.toml" or "app.json" or "heroku.yml" or "apprunner.yaml"
        where file.LinesBefore == 0
        select new DeployUnit($"file/{file.Path}", file.Path, new Place(file.Path, 1), file.Lines.Count) { Folder = file.Folder };

    /// <summary>Why names, images and variables say that a unit carries WebSockets.</summary>
    internal static string? SignOf(string name, string image, IEnumerable<ConfigNode> environment)
    {
        if (Intent.IsSocketPath("/" + name) || image.Contains("bascule", StringComparison.Ordinal))
            return $"its name is {name}";
        return environment.FirstOrDefault(e => OwnKeys.Contains(e.Key, StringComparer.Ordinal)) is { } key ? $"its variable {key.Key}" : null;
    }

    internal static IReadOnlyList<string> Names(params IEnumerable<string?> names) => [.. names.OfType<string>().Where(n => n.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>A folder that a file names, as seen from what is linted; null where it lies outside.</summary>
    internal static string? Joined(string folder, string path)
    {
        List<string> parts = [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "."))
        {
            if (part != "..")
                parts.Add(part);
            else if (parts.Count == 0)
                return null;
            else
                parts.RemoveAt(parts.Count - 1);
        }

        return string.Join('/', parts);
    }
}
