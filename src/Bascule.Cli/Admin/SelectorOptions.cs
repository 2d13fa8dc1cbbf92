using System.CommandLine;

namespace Bascule.Cli;

/// <summary>Which open connections are meant: all that is given must fit.</summary>
internal sealed class SelectorOptions
{
    private readonly (string Name, Option<string?> Option)[] _all =
    [
        Named("user", "USER", "Of this user: the subject of the token."),
        Named("route", "ROUTE", "On this route."),
        Named("pool", "POOL", "In this pool."),
        Named("node", "HOST:PORT", "On this node."),
        Named("address", "ADDRESS", "From this client address, without port."),
        Named("tier", "TIER", "Of users with this tier or role."),
        Named("attempt", "ID", "This one, by its attempt id."),
    ];

    internal void AddTo(Command command)
    {
        foreach (var (_, option) in _all)
            command.Options.Add(option);
    }

    internal (string Name, string? Value)[] Query(ParseResult parse) => [.. _all.Select(s => (s.Name, parse.GetValue(s.Option)))];

    internal bool IsEmpty(ParseResult parse) => Query(parse).All(s => string.IsNullOrEmpty(s.Value));

    internal static string Names => "--user, --route, --pool, --node, --address, --tier or --attempt";

    private static (string, Option<string?>) Named(string name, string value, string meaning) => (name, new Option<string?>("--" + name) { Description = meaning, HelpName = value });
}
