using System.Globalization;
using System.Text.Json;

namespace Bascule.Settings;

/// <summary>The two layers of the environment: the names of the field cases, then <c>BASCULE__*</c>.</summary>
internal sealed class EnvironmentLayer(IReadOnlyDictionary<string, string> environment, List<SettingFault> faults, List<string> notices)
{
    // So many typing slips still make it likely that a known name was meant.
    private const int NearbySlips = 3;

    internal void ApplyTo(SettingsEdit edit)
    {
        foreach (var name in EnvironmentNames.All)
        {
            // Deployment files write PORT=${PORT:-}: empty means not set.
            if (environment.TryGetValue(name.Name, out var value) && !string.IsNullOrWhiteSpace(value))
                Apply(name, value.Trim(), edit);
        }

        NoticeNearMisses();
        foreach (var (segments, name, value) in PrefixedInOrder())
            edit.Set(segments, value, Origin.Environment(name));
    }

    /// <summary>Takes out what a name of the cases has set where nothing else asks for it. Called when all layers are there.</summary>
    internal void TakeOutUnused(ObjectNode root)
    {
        TakeOutBrokers(root);
        TakeOutSessions(root);
    }

    private void TakeOutSessions(ObjectNode root)
    {
        var own = EnvironmentNames.All.Where(n => n.Meaning == EnvironmentMeaning.Sessions).ToArray();
        if (root.Members.GetValueOrDefault("sessions") is not ObjectNode sessions || sessions.Members.Count == 0
            || !sessions.Members.Values.All(m => m.Overrode.Count == 0 && own.Any(n => m.Origin == Origin.Environment(n.Name))))
            return;
        root.Members.Remove("sessions");
        var names = own.Select(n => n.Name).Where(name => sessions.Members.Values.Any(m => m.Origin == Origin.Environment(name)));
        notices.Add($"{string.Join(", ", names)} set in the environment: but the configuration has no sessions, so that there are none. Add sessions with a profile to have some.");
    }

    private void TakeOutBrokers(ObjectNode root)
    {
        if (root.Members.GetValueOrDefault("hub") is not ObjectNode hub || hub.Members.GetValueOrDefault("kafka") is not ObjectNode kafka
            || kafka.Members.Count != 1 || kafka.Members.GetValueOrDefault("brokers") is not { Overrode: [] } brokers)
            return;
        foreach (var name in EnvironmentNames.All.Where(n => n.Meaning == EnvironmentMeaning.Brokers && brokers.Origin == Origin.Environment(n.Name)))
        {
            hub.Members.Remove("kafka");
            notices.Add($"{name.Name} is set in the environment, but hub.kafka.topics names no topic of Kafka, so that none is read. Add it to read some.");
        }
    }

    private void Apply(EnvironmentName name, string value, SettingsEdit edit)
    {
        var origin = Origin.Environment(name.Name);
        switch (name.Meaning)
        {
            case EnvironmentMeaning.Port when ushort.TryParse(value, NumberStyles.None, null, out var port):
                edit.Set(name.Path.Split('.'), $"[\"http://0.0.0.0:{port}\"]", origin);
                break;
            case EnvironmentMeaning.Port:
                faults.Add(new SettingFault(name.Path, origin.Text, $"\"{value}\"", "is not a port", "Set PORT to a number from 0 to 65535, or remove it."));
                break;
            case EnvironmentMeaning.Seconds:
                var isPlain = value.All(char.IsAsciiDigit);
                var text = isPlain ? $"{value}s" : value;
                edit.Set(name.Path.Split('.'), isPlain && value.All(c => c == '0') ? ZeroText(name.Path) : text, origin,
                    $"A plain number in {name.Name} is seconds.");
                break;
            case EnvironmentMeaning.Redis when value.StartsWith("redis://", StringComparison.Ordinal):
                edit.Set(name.Path.Split('.'), value, origin);
                break;
            case EnvironmentMeaning.Redis:
                // Not shown: where a password stands in it, nobody can tell.
                faults.Add(new SettingFault(name.Path, origin.Text, "", "is no address of a Redis",
                    $"Set {name.Name} to redis://[USER:PASSWORD@]HOST:PORT[/DATABASE], or remove it."));
                break;
            case EnvironmentMeaning.Pages:
                ApplyPages(name, value, edit);
                break;
            default:
                edit.Set(name.Path.Split('.'), value, origin);
                break;
        }
    }

    /// <summary>Pages are written as they are opened, with a path perhaps; an origin is the beginning of that.</summary>
    private void ApplyPages(EnvironmentName name, string value, SettingsEdit edit)
    {
        List<string> origins = ["self"];
        foreach (var page in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if ((page == "*" ? page : OriginText.OfPage(page)) is { } origin)
                origins.Add(origin);
            else
                faults.Add(new SettingFault(name.Path, Origin.Environment(name.Name).Text, $"\"{NodeText.WithoutUser(page)}\"", "is not the URL of a page",
                    $"Set {name.Name} to https://HOST, or several separated by commas, or remove it."));
        }

        edit.Set(name.Path.Split('.'), JsonSerializer.Serialize(origins.Distinct()), Origin.Environment(name.Name));
    }

    /// <summary>Zero switches off what can be switched off; elsewhere it is the fault of being too small.</summary>
    private static string ZeroText(string path)
    {
        var member = path.Split('.').Aggregate((MemberShape?)null, (at, name) => ((RecordShape)(at?.Shape ?? ShapeReader.Root)).Find(name, StringComparison.Ordinal));
        return member!.About.MayBeOff ? "off" : "0s";
    }

    private void NoticeNearMisses()
    {
        var known = EnvironmentNames.All.Select(n => n.Name).ToArray();
        foreach (var name in environment.Keys.Where(k => k.StartsWith("WEBSOCKET_", StringComparison.Ordinal) && !known.Contains(k)).Order(StringComparer.Ordinal))
        {
            if (NearestName.Of(name, known) is { } near && NearestName.Slips(name, near) <= NearbySlips)
                notices.Add($"{name} is set in the environment, but unknown. Did you mean {near}?");
        }
    }

    /// <summary>A whole list before its parts, and item 2 before item 10, whatever order the environment has.</summary>
    private IEnumerable<(string[] Segments, string Name, string Value)> PrefixedInOrder() => environment
        .Where(e => e.Key.StartsWith(EnvironmentNames.Prefix, StringComparison.OrdinalIgnoreCase))
        .Select(e => (Segments: e.Key[EnvironmentNames.Prefix.Length..].Split("__"), e.Key, e.Value))
        .OrderBy(e => string.Join('.', e.Segments.Select(s => s.All(char.IsAsciiDigit) ? s.PadLeft(6, '0') : s.ToLowerInvariant())), StringComparer.Ordinal)
        .ThenBy(e => e.Key, StringComparer.Ordinal);
}
