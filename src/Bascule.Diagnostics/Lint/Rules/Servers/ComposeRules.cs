using System.Globalization;
using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about services of Compose files.</summary>
internal static class ComposeRules
{
    // In words of a command: --port 3000, --port=3000, -p 3000, --bind 0.0.0.0:3000, -b :3000, http.server 3000.
    private static readonly Regex CommandPort = SourceText.Pattern(@"(^|\s)(--port[ =]|-p |(--bind|-b|--listen|--addr)[ =]\S*:|http\.server )(?<port>[0-9]{2,5})(\s|$)");

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("COMPOSE-PORT-MISMATCH", Severity.Warning, Breaks.Handshake, "Compose: ports of services, against their PORT and command")
        {
            Why = "What is sent to the published port arrives at a port of the container on which nobody listens.",
            Symptom = "Connections are reset or refused; a proxy before it answers 502.",
            Fix = "Publish the port on which the program listens: the number after the colon.",
            Reference = "https://docs.docker.com/compose/how-tos/networking/",
            IsForAll = true,
            Check = d => from container in d.Containers
                         let ports = container.Body["ports"]
                         where ports is not null && d.File(container.Place.File)?.Kind == FileKind.Compose
                         let inside = ports.Items.Select(InsidePort).ToList()
                         where inside.Count > 0 && !inside.Contains(null)
                         let listens = Listens(container)
                         where listens.Port is { } port && !inside.Contains(port) && !IsUsedInside(d, container, port)
                         select new LintHit(ports.Place, $"{container.Name} listens on {listens.Port} ({listens.Says}), and published is its port {string.Join(", ", inside)}"),
            Fires = new LintExample(("compose.yaml", Service("80:3000"))),
            Silent = new LintExample(("compose.yaml", Service("80:8080"))),
        },
    ];

    private static string Service(string port) => $"services:\n  chat:\n    image: chat\n    environment:\n      PORT: \"8080\"\n    ports:\n      - \"{port}\"\n";

    /// <returns>Null where it is a range, or decided elsewhere.</returns>
    private static int? InsidePort(ConfigNode item)
    {
        var text = item.Text("target") ?? item.Value ?? "";
        var last = text.Split('/')[0].Split(':')[^1];
        return Number(last);
    }

    /// <summary>What the command says holds, else the variable that most programs read.</summary>
    private static (int? Port, string Says) Listens(RunContainer container)
    {
        if (CommandPort.Match(container.Command) is { Success: true } match)
            return (Number(match.Groups["port"].Value), "its command");
        return container.Environment.FirstOrDefault(e => e.Key == "PORT") is { } variable ? (Number(variable.Value), $"PORT in {variable.Place}") : (null, "");
    }

    /// <summary>Other services reach it without publishing: what is published is meant for something else, a debugger say.</summary>
    private static bool IsUsedInside(Deployment deployment, RunContainer container, int port)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"{container.Name}:{port}");
        return (container.Body["expose"]?.Texts ?? []).Any(e => Number(e) == port) || deployment.Files.Any(f => f.Text.Contains(address, StringComparison.Ordinal));
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
}
