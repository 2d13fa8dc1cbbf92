using System.Globalization;
using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about services of Compose files.</summary>
internal static class ComposeRules
{
    // In words of a command: --port 3000, --port=3000, -p 3000, --bind 0.0.0.0:3000, -b :3000, http.server 3000.
    private static readonly Regex CommandPort = SourceText.Pattern(@"(^|\s)(--port[ =]|-p |(--bind|-b|--listen|--addr)[ =]\S*:|http\.server )(?<port>[0-9]{2,5})(\s|$)");

    // More than one program, or variables of its own: what listens where is not to be told from its words.
    private static readonly Regex Shell = SourceText.Pattern(@"[;&|$=]|\b(sh|bash) -c\b");

    // Programs with files of their own for their ports; PORT is that of whom they stand before.
    private static readonly Regex Proxy = SourceText.Pattern(@"(^|/)(nginx|caddy|haproxy|traefik|httpd|envoy)\b");

    // What is published for people and pages, and not for a debugger or a scraper.
    private static readonly Regex WebPort = SourceText.Pattern("^(80|443|3[0-9]{3}|5000|80[0-9]{2}|8[1-9][0-9]{2})$");

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
                         where ports is not null && d.File(container.Place.File)?.Kind == FileKind.Compose && !Proxy.IsMatch(container.Image)
                         let inside = ports.Items.Where(IsForPages).Select(InsidePort).ToList()
                         where inside.Count > 0 && !inside.Contains(null)
                         let listens = Listens(container)
                         where listens.Port is { } port && !ports.Items.Select(InsidePort).Contains(port) && !IsUsedInside(d, container, port)
                         select new LintHit(ports.Place, $"{container.Name} listens on {listens.Port} ({listens.Says}), and published is its port {string.Join(", ", inside)}"),
            Fires = new LintExample(("compose.yaml", Service("80:3000"))),
            Silent = new LintExample(("compose.yaml", Service("80:8080"))),
        },
    ];

    private static string Service(string port) => $"services:\n  chat:\n    image: chat\n    environment:\n      PORT: \"8080\"\n    ports:\n      - \"{port}\"\n";

    private static bool IsForPages(ConfigNode item)
    {
        if (item.Text("target") is not null)
            return item.Text("protocol") != "udp" && WebPort.IsMatch(item.Text("published") ?? "");
        var parts = (item.Value ?? "").Split(':');
        return parts.Length > 1 && !parts[^1].EndsWith("/udp", StringComparison.Ordinal) && WebPort.IsMatch(parts[^2]);
    }

    /// <returns>Null where it is a range, or decided elsewhere.</returns>
    private static int? InsidePort(ConfigNode item) => Number((item.Text("target") ?? item.Value ?? "").Split('/')[0].Split(':')[^1]);

    /// <summary>What the command says holds, else the variable that most programs read.</summary>
    private static (int? Port, string Says) Listens(RunContainer container)
    {
        var variable = container.Environment.FirstOrDefault(e => e.Key == "PORT");
        if (container.Command.Length > 0 && Shell.IsMatch(container.Command.Replace("--port=", "--port ", StringComparison.Ordinal)))
            return container.Command.Contains("$PORT", StringComparison.Ordinal) || container.Command.Contains("${PORT", StringComparison.Ordinal) ? OfVariable() : (null, "");
        return CommandPort.Match(container.Command) is { Success: true } match ? (Number(match.Groups["port"].Value), "its command") : OfVariable();

        (int?, string) OfVariable() => variable is null ? (null, "") : (Number(variable.Value), $"PORT in {variable.Place}");
    }

    /// <summary>Others reach it without publishing, or share its network: what is published is meant for something else.</summary>
    private static bool IsUsedInside(Deployment deployment, RunContainer container, int port)
    {
        var address = string.Create(CultureInfo.InvariantCulture, $"{container.Name}:{port}");
        return (container.Body["expose"]?.Texts ?? []).Any(e => Number(e) == port)
            || container.Body["labels"]?.Everything().Any(l => l.Value?.EndsWith(string.Create(CultureInfo.InvariantCulture, $"{port}"), StringComparison.Ordinal) == true) == true
            || deployment.Containers.Any(c => c.Body.Text("network_mode") == $"service:{container.Name}")
            || deployment.Files.Any(f => f.Text.Contains(address, StringComparison.Ordinal));
    }

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
}
