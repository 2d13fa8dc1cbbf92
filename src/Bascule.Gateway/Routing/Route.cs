using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>One route, ready to be compared with requests.</summary>
public sealed class Route(RouteSettings settings, Destination destination)
{
    public string Name => settings.Name;

    public RouteSettings Settings => settings;

    public PathPattern Pattern { get; } = new(settings.Path);

    public AuthPolicy Auth { get; } = settings.Auth ?? AuthPolicy.Required;

    public Destination Destination => destination;

    /// <summary>Whether the host fits; no hosts fit all.</summary>
    /// <param name="host">Without port.</param>
    internal bool TakesHost(ReadOnlySpan<char> host)
    {
        if (settings.Hosts.Count == 0)
            return true;
        foreach (var allowed in settings.Hosts)
        {
            if (allowed.StartsWith("*.", StringComparison.Ordinal)
                ? host.EndsWith(allowed.AsSpan(1), StringComparison.OrdinalIgnoreCase)
                : host.Equals(allowed, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>Null when every query rule holds, else the first that does not.</summary>
    internal Ending? QueryFault(string query)
    {
        foreach (var (name, values) in settings.Query)
        {
            var value = QueryText.Value(query, name);
            if (value is null)
                return new Ending(EndReasons.QueryMissing, $"the parameter `{name}` is missing{KnownValues(values)}");
            if (values.Count > 0 && !values.Contains(value, StringComparer.Ordinal))
                return new Ending(EndReasons.QueryUnknownValue, $"`{name}={Shown(value)}` is not known{KnownValues(values)}");
        }

        return null;
    }

    private static string KnownValues(IReadOnlyList<string> values) => values.Count switch
    {
        0 => "",
        <= 10 => $"; known: {string.Join(", ", values)}",
        _ => $"; {values.Count} values are known",
    };

    /// <summary>A value of a client, cut and without control characters, fit for a message.</summary>
    private static string Shown(string value) =>
        string.Concat((value.Length > 60 ? value[..60] + "…" : value).Select(c => char.IsControl(c) ? '.' : c));
}
