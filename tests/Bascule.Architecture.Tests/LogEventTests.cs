using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Bascule.Architecture.Tests;

/// <summary>Log events are a contract: an id and a name mean one thing, for ever.</summary>
public sealed partial class LogEventTests
{
    private static readonly IReadOnlyList<LogEvent> Events = [.. SourceFile.All.Where(f => f.IsProduct).SelectMany(Read)];

    [Fact]
    public void An_event_id_means_one_thing() =>
        Faults.None(Shared(Events, e => e.Id.ToString(CultureInfo.InvariantCulture)), "Give one of them a new id.");

    [Fact]
    public void An_event_name_means_one_thing() =>
        Faults.None(
            Shared(Events, e => e.Name).Concat(Events.Where(e => e.Name.Length == 0).Select(e => $"{e.Place} has no EventName")),
            "Give one of them a new name.");

    [Fact]
    public void The_ids_of_a_log_class_share_one_hundred() =>
        Faults.None(
            from type in Events.GroupBy(e => e.Type, StringComparer.Ordinal)
            where type.Select(e => e.Id / 100).Distinct().Count() > 1
            select $"{type.Key} has {string.Join(", ", type.Select(e => e.Id).Order())}",
            "Move the strays into the hundred that the summary of the class names.");

    [Fact]
    public void No_two_projects_share_a_hundred() =>
        Faults.None(
            from hundred in Events.GroupBy(e => e.Id / 100)
            let projects = hundred.Select(e => e.Project).Distinct(StringComparer.Ordinal).ToList()
            where projects.Count > 1
            select $"{hundred.Key}00: {string.Join(", ", projects)}",
            "Give one of them another hundred.");

    [Fact]
    public void A_retired_id_stays_retired()
    {
        var used = Events.ToLookup(e => e.Id);
        Faults.None(
            from file in SourceFile.All
            from Match retired in Retired().Matches(file.Text)
            from again in used[int.Parse(retired.Groups["id"].ValueSpan, CultureInfo.InvariantCulture)]
            select $"{again.Place} uses {again.Id}, which {file.Path} retired",
            "Take an id that never meant anything.");
    }

    private static IEnumerable<string> Shared(IEnumerable<LogEvent> events, Func<LogEvent, string> key) =>
        events.Where(e => key(e).Length > 0).GroupBy(key, StringComparer.Ordinal)
            .Where(same => same.Count() > 1)
            .Select(same => $"{same.Key}: {string.Join(", ", same.Select(e => e.Place))}");

    private static IEnumerable<LogEvent> Read(SourceFile file) =>
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString() == "LoggerMessage"
        let type = attribute.Ancestors().OfType<TypeDeclarationSyntax>().First().Identifier.Text
        select new LogEvent(
            int.TryParse(Argument(attribute, "EventId").Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0,
            Argument(attribute, "EventName").Trim('"'),
            type,
            file.Project,
            file.PlaceOf(attribute));

    private static string Argument(AttributeSyntax attribute, string name) =>
        attribute.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.Text == name)?.Expression.ToString() ?? "";

    /// <summary>The comment that stays where an event was: <c>// 3002 BackendSlow: retired, now a metric.</c></summary>
    [GeneratedRegex(@"^\s*//\s*(?<id>\d{3,5})\s+\w+: retired", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Retired();

    private sealed record LogEvent(int Id, string Name, string Type, string Project, string Place);
}
