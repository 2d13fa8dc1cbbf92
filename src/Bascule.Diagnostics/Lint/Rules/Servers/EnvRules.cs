using System.Net;
using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>Rules about environment variables: what they say, and who writes over them.</summary>
internal static class EnvRules
{
    private static readonly Regex ClientKey = SourceText.Pattern("^(VITE_|NEXT_PUBLIC_|REACT_APP_|NUXT_PUBLIC_|PUBLIC_|EXPO_PUBLIC_|GATSBY_|VUE_APP_)");
    private static readonly Regex SocketKey = SourceText.Pattern("(^WS_|^WEBSOCKET_|_WS_|_MODE$|SHARD|HEARTBEAT|PING_INTERVAL|^KAFKA_BROKERS$)");
    private static readonly Regex PageSocketKey = SourceText.Pattern("^(PUBLIC_)?(WS|WEBSOCKET|SOCKET)(_PUBLIC)?_(URL|URI|ENDPOINT|ADDRESS)$");
    private static readonly int[] PlainPorts = [80, 3000, 3001, 5000, 8000, 8080];

    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("ENV-OVERWRITE", Severity.Error, Breaks.Handshake, "Scripts and workflows that write env files")
        {
            Why = "The step replaces the whole file, without a word: keys that somebody set there are gone, and the program starts with other values or its defaults.",
            Symptom = "After a deployment the service runs in another mode than everybody believes; no log says so.",
            Fix = "Write the file only where it is missing ([ -f .env ] || …), or merge key by key and stop when a value would change.",
            Reference = "https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_07_02",
            IsWrongFix = false,
            IsForAll = true,
            Check = EnvWriting.Overwrites,
            Fires = new LintExample(("deploy.sh", "printf 'WS_MODE=single\\nPORT=3005\\n' > .env\ndocker compose up -d\n"), (".env", "WS_MODE=multi\nPORT=3005\nKAFKA_BROKERS=kafka:9092\n")),
            Silent = new LintExample(("deploy.sh", "[ -f .env ] || cp .env.example .env\ndocker compose up -d\n"), (".env", "WS_MODE=multi\n")),
        },
        new("ENV-DRIFT", Severity.Warning, Breaks.Handshake, "The same variable in several env files, in Compose and in pods")
        {
            Why = "Which value holds depends on which file is loaded, and in Compose environment wins over env_file; one variable was hardly meant to have two.",
            Symptom = "The service behaves differently in each environment, and nobody finds the difference in its code.",
            Fix = "Keep one source for the value, and let the program say at its start which value it uses and where from.",
            Reference = "https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/",
            IsForAll = true,
            Check = d => Drifts(d).Concat(Duplicates(d)),
            Fires = new LintExample((".env", "WS_MODE=multi\n"), ("deploy/prod.env", "WS_MODE=single\n")),
            Silent = new LintExample((".env", "WS_MODE=multi\n"), ("deploy/prod.env", "WS_MODE=multi\n")),
        },
        new("ENV-MISSING-KEY", Severity.Warning, Breaks.Handshake, "Variables about WebSockets that one environment has and another lacks")
        {
            Why = "Where the key is missing the program's default holds, which was not good enough for the other environment.",
            Symptom = "WebSockets work in one environment and fail in the other.",
            Fix = "Set the key in both, or take it out of both.",
            Reference = "the files themselves: what they say does not agree",
            IsForAll = true,
            Check = Missing,
            Fires = new LintExample((".env.staging", "APP=1\nWEBSOCKET_HEARTBEAT_INTERVAL=25\n"), (".env.production", "APP=1\n")),
            Silent = new LintExample((".env.staging", "APP=1\nWEBSOCKET_HEARTBEAT_INTERVAL=25\n"), (".env.production", "APP=1\nWEBSOCKET_HEARTBEAT_INTERVAL=25\n")),
        },
        new("ENV-SCHEME-MISMATCH", Severity.Error, Breaks.Handshake, "WebSocket URLs in variables that pages read")
        {
            Why = "A page that came by https may not open ws://: the browser blocks it before anything is sent. That TLS ends at the balancer changes nothing.",
            Symptom = "The page shows a SecurityError or 1006 at once; no server ever sees an attempt.",
            Fix = "Use wss://, or derive the scheme from location.protocol.",
            Facts = ["browser-mixed-content", "browser-cswsh"],
            IsForAll = true,
            Check = d => from variable in d.Variables
                         where SafeText.Url(variable.Value) is { Scheme: "ws" } url && !IsInside(url.Host) && !IsPrivate(url.Host) && (ClientKey.IsMatch(variable.Key) || (PageSocketKey.IsMatch(variable.Key) && d.Once(HttpsVariable).Length > 0))
                         select new LintHit(variable.Place, $"{variable.Key} is {SafeText.Address(variable.Value!)}{d.Once(HttpsEvidence)}") { Edit = LineEdit.Replace(variable.Place, "ws://", "wss://") },
            Fires = new LintExample((".env", "VITE_WS_URL=ws://api.example.com/ws\n")),
            Silent = new LintExample((".env", "VITE_WS_URL=wss://api.example.com/ws\n")),
        },
        new("ENV-SCHEME-PORT", Severity.Error, Breaks.Handshake, "Scheme and port of WebSocket URLs")
        {
            Why = "The port belongs to a listener without TLS, or the other way round.",
            Symptom = "The TLS handshake fails, and the browser shows 1006.",
            Fix = "Let scheme and port agree with the listener.",
            Facts = ["browser-wss-to-plain"],
            IsForAll = true,
            Check = d => from variable in d.Variables
                         let url = SafeText.Url(variable.Value)
                         where (url?.Scheme == "wss" && PlainPorts.Contains(url.Port)) || (url?.Scheme == "ws" && url.Port == 443)
                         select new LintHit(variable.Place, $"{variable.Key} is {SafeText.Address(variable.Value!)}: {url.Scheme} with port {url.Port}"),
            Fires = new LintExample((".env", "WS_URL=wss://api.example.com:8080/ws\n")),
            Silent = new LintExample((".env", "WS_URL=wss://api.example.com/ws\n")),
        },
        new("ENV-LOCALHOST", Severity.Error, Breaks.Handshake, "Hosts of WebSocket URLs in variables that pages read")
        {
            Why = "The browser runs elsewhere: names of containers, of the cluster, or localhost mean nothing there.",
            Symptom = "The name does not resolve, or the page connects to the visitor's own machine; the browser shows 1006.",
            Fix = "Use the public host name.",
            Reference = "https://www.rfc-editor.org/rfc/rfc6761#section-6.3",
            IsForAll = true,
            Check = d => from variable in d.Variables
                         where ClientKey.IsMatch(variable.Key) && SafeText.Url(variable.Value) is { Scheme: "ws" or "wss" } url && IsInside(url.Host) && (!IsLocal(url.Host) || IsForProduction(variable.Place.File))
                         select new LintHit(variable.Place, $"{variable.Key} points to {SafeText.HostOf(variable.Value)}, which no browser can reach"),
            Fires = new LintExample((".env.production", "NEXT_PUBLIC_WS_URL=wss://backend:8443\n")),
            Silent = new LintExample((".env.production", "NEXT_PUBLIC_WS_URL=wss://api.example.com\n")),
        },
        new("KAFKA-SHARED-GROUP", Severity.Warning, Breaks.Nothing, "Consumer groups of shards")
        {
            Why = "The members of one group share the partitions: each shard gets only a part of the messages.",
            Symptom = "A client gets some of the messages, depending on the shard that it is on.",
            Fix = "Give each shard a group of its own.",
            Facts = ["kafka-group-fanout"],
            Check = d => from key in (string[])["KAFKA_GROUP_ID", "KAFKA_CONSUMER_GROUP", "KAFKA_GROUP"]
                         from same in d.Containers.Where(c => c.Name.Contains("shard", StringComparison.OrdinalIgnoreCase)).SelectMany(c => c.Environment).Where(e => e.Key == key && e.Value?.Contains('$') == false).GroupBy(e => e.Value, StringComparer.Ordinal)
                         where same.Count() > 1
                         select new LintHit(same.Last().Place, $"{same.Count()} shards have the same {key} ({same.First().Place})"),
            Fires = new LintExample(("compose.yaml", Shards("gateway", "gateway")), (".env", "WS_MODE=multi\n")),
            Silent = new LintExample(("compose.yaml", Shards("gateway-1", "gateway-2")), (".env", "WS_MODE=multi\n")),
        },
    ];

    private static string Shards(string first, string second) =>
        $"services:\n  shard-1:\n    image: chat\n    environment:\n      KAFKA_GROUP_ID: {first}\n  shard-2:\n    image: chat\n    environment:\n      KAFKA_GROUP_ID: {second}\n";

    private static bool IsLocal(string host) => host is "localhost" or "127.0.0.1" or "[::1]" or "0.0.0.0";

    /// <summary>A name that only this machine, this Compose project or this cluster knows.</summary>
    private static bool IsInside(string host) => IsLocal(host) || !host.Contains('.') || host.EndsWith(".cluster.local", StringComparison.Ordinal) || host.EndsWith(".svc", StringComparison.Ordinal) || host.EndsWith(".internal", StringComparison.Ordinal);

    /// <summary>An address of a local network: of a back end, of the emulator of a phone, of a desk.</summary>
    private static bool IsPrivate(string host) =>
        IPAddress.TryParse(host, out var address) && (address.GetAddressBytes() is [10, ..] or [192, 168, ..] or [172, >= 16 and < 32, _, _] or [100, >= 64 and < 128, _, _] or [169, 254, ..] || address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal);

    private static bool IsForProduction(string path) => path.Contains("prod", StringComparison.OrdinalIgnoreCase) || path.Contains("staging", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where it stands that pages come by https, as the end of a sentence; empty where nothing says so.</summary>
    private static string HttpsEvidence(Deployment deployment) =>
        deployment.Once(HttpsVariable) is { Length: > 0 } said ? said
        : deployment.Of(FileKind.Nginx).SelectMany(f => f.Root!.Deep("listen")).FirstOrDefault(l => l.Words.Contains("ssl")) is { } listener ? $"; nginx serves https: {listener.Place}"
        : "";

    private static string HttpsVariable(Deployment deployment) =>
        deployment.Variables.FirstOrDefault(v => v.Key is "FRONTEND_URL" or "PUBLIC_URL" or "APP_URL" && v.Value?.StartsWith("https://", StringComparison.Ordinal) == true) is { } page
            ? $"; the pages come by https: {page.Key} in {page.Place}" : "";

    private static IEnumerable<LintHit> Drifts(Deployment deployment)
    {
        var all = deployment.EnvFiles.Where(f => !EnvWriting.IsSample(f.Path)).SelectMany(f => f.Root!.Children.Where(c => SocketKey.IsMatch(c.Key)))
            .Concat(deployment.Containers.SelectMany(c => c.Environment).Where(e => SocketKey.IsMatch(e.Key) && !e.Key.Contains("SHARD", StringComparison.Ordinal)))
            .Where(v => v.Value is { Length: > 0 } value && !value.Contains('$') && !value.Contains("://", StringComparison.Ordinal));
        foreach (var key in all.GroupBy(v => v.Key, StringComparer.Ordinal))
        {
            var first = key.First();
            foreach (var other in key.Where(v => v.Value != first.Value && v.Place.File != first.Place.File).DistinctBy(v => v.Value))
                yield return new LintHit(other.Place, $"{key.Key} is {SafeText.Shown(key.Key, other.Value!)} here and {SafeText.Shown(key.Key, first.Value!)} in {first.Place}");
        }
    }

    private static IEnumerable<LintHit> Duplicates(Deployment deployment) =>
        from file in deployment.EnvFiles
        from key in file.Root!.Children.GroupBy(c => c.Key, StringComparer.Ordinal)
        where key.Select(k => k.Value).Distinct(StringComparer.Ordinal).Count() > 1
        select new LintHit(key.Last().Place, $"{key.Key} is set twice in this file, to {SafeText.Shown(key.Key, key.First().Value ?? "")} (line {key.First().Place.Line}) and {SafeText.Shown(key.Key, key.Last().Value ?? "")}; the last one holds");

    private static IEnumerable<LintHit> Missing(Deployment deployment)
    {
        var stages = deployment.EnvFiles.Where(f => !EnvWriting.IsSample(f.Path) && (IsForProduction(f.Name) || f.Name.Contains("dev", StringComparison.Ordinal))).ToList();
        foreach (var (one, other) in stages.SelectMany(a => stages.Where(b => a != b && a.Folder == b.Folder).Select(b => (a, b))))
        {
            foreach (var key in one.Root!.Children.Where(c => c.Key.StartsWith("WEBSOCKET_", StringComparison.Ordinal) || c.Key.StartsWith("WS_", StringComparison.Ordinal)))
            {
                if (other.Root![key.Key] is null && other.Root.Children.Count > 0)
                    yield return new LintHit(new Place(other.Path, other.Root.Children[^1].Place.Line), $"{key.Key} is set in {key.Place} and not in this file");
            }
        }
    }
}
