using System.Net;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Which open connections are meant. What is null does not matter; everything else must fit.</summary>
/// <param name="User">The subject of the token.</param>
/// <param name="Node"><c>host:port</c>.</param>
/// <param name="Address">The client's address, without port.</param>
/// <param name="Tier">The tier of the token, or one of its roles.</param>
/// <param name="OldRules">Only those that began under a configuration that was replaced.</param>
public sealed record ConnectionSelector(
    AttemptId? Attempt = null, string? User = null, string? Route = null, string? Pool = null, string? Node = null, string? Address = null, string? Tier = null, int? OldRules = null)
{
    /// <summary>It names nothing, so that it means all.</summary>
    public bool IsEverything => this == new ConnectionSelector();

    public bool Matches(OpenConnection connection) =>
        Fits(User, connection.Identity?.Subject)
        && Fits(Route, connection.Route.Name)
        && Fits(Pool, connection.Attempt.Pool)
        && Fits(Node, connection.Node?.Name)
        && Fits(Address, AddressOf(connection))
        && (Attempt is null || Attempt == connection.Attempt.Id)
        && (OldRules is null || connection.Rules.Number < OldRules)
        && (Tier is null || connection.Identity is { } identity && (identity.Tier == Tier || identity.Roles.Contains(Tier, StringComparer.Ordinal)));

    /// <summary>As an operator would write it: <c>user=alice route=game</c>.</summary>
    public override string ToString()
    {
        if (IsEverything)
            return "all connections";
        var parts = new List<string>();
        Say("attempt", Attempt?.ToString());
        Say("user", User);
        Say("route", Route);
        Say("pool", Pool);
        Say("node", Node);
        Say("address", Address);
        Say("tier", Tier);
        Say("rulesBefore", OldRules?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return string.Join(' ', parts);

        void Say(string name, string? value)
        {
            if (value is not null)
                parts.Add($"{name}={(value.Length > 100 ? value[..100] + "…" : value)}");
        }
    }

    private static bool Fits(string? wanted, string? seen) => wanted is null || string.Equals(wanted, seen, StringComparison.Ordinal);

    /// <summary>The attempt knows <c>address:port</c>, or what a trusted proxy said, which has no port.</summary>
    private static string? AddressOf(OpenConnection connection)
    {
        if (!IPEndPoint.TryParse(connection.Attempt.ClientAddress ?? "", out var client))
            return connection.Attempt.ClientAddress;
        return (client.Address.IsIPv4MappedToIPv6 ? client.Address.MapToIPv4() : client.Address).ToString();
    }
}
