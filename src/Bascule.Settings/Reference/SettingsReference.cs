using System.Text;

namespace Bascule.Settings;

/// <summary>The reference page of all settings, made from the settings records.</summary>
public static class SettingsReference
{
    private const string Introduction = """
        # Settings

        Made from the settings records by `SettingsReference`; do not edit it by hand. The same as a JSON Schema: `contract/settings.schema.json`, or `bascule config schema`.

        ## Where a value comes from

        Later layers win. Objects merge; lists and single values replace what was there. `bascule config explain` says for every value where it came from and what it took the place of.

        1. Built-in defaults: the tables below.
        2. `bascule.json`: JSON with comments and trailing commas. `--config FILE` names another file; without it, `bascule.json` in the working directory is read if it is there.
        3. `bascule.d/*.json` beside that file, in the order of their names.
        4. Environment names that deployments already use: the first table below.
        5. `BASCULE__…` in the environment: two underscores between levels, any case, positions in lists as numbers, JSON for lists and objects:
           `BASCULE__STOP__PAUSE=5s`, `BASCULE__POOLS__KB__NODES=["http://10.0.0.1:8001"]`. Names of pools and query parameters that no earlier layer knows keep their case.
        6. `--set PATH=VALUE`: `--set stop.pause=5s`, `--set routes.0.auth=none`.

        Faults are all reported at once, and with any fault nothing starts. Relative paths of files start at the working directory.

        A running gateway reads its files again when they change, at SIGHUP and at `POST /api/config:reload`. What it reads replaces what holds as a whole, or, with any fault, not at all.
        The tables say when a changed setting holds: at once, for new connections only, or at the next start. `bascule config diff A.json B.json` says it for two configurations.

        **Durations** are whole numbers with units, largest first: `250ms`, `10s`, `1m30s`, `12h`, `1d`; some may be `off`.

        """;

    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        WriteEnvironment(page);
        WriteSection(page, "", "", ShapeReader.Root, null);
        return page.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The name of a record for readers: <c>Pool</c> for <c>PoolSettings</c>.</summary>
    internal static string TitleOf(RecordShape record) => record.Type.Name.Replace("Settings", "", StringComparison.Ordinal);

    private static void WriteEnvironment(StringBuilder page)
    {
        page.Append("\n## Environment names\n\n| name | writes | value |\n|---|---|---|\n");
        foreach (var name in EnvironmentNames.All)
            page.Append($"| `{name.Name}` | `{name.Path}` | {ValueOf(name.Meaning)} |\n");
        page.Append("\nAn empty value counts as not set.\n");
    }

    private static string ValueOf(EnvironmentMeaning meaning) => meaning switch
    {
        EnvironmentMeaning.Port => "a port; the only public listener becomes `http://0.0.0.0:PORT`",
        EnvironmentMeaning.Seconds => "a plain number is seconds; `25s`, `1m` are taken too; `0` is `off` where that is possible",
        EnvironmentMeaning.Redis => "`redis://[USER:PASSWORD@]HOST:PORT[/DATABASE]`",
        EnvironmentMeaning.Pages => "URLs of pages, separated by commas; they may connect, and pages of the gateway's own host (`self`)",
        EnvironmentMeaning.Brokers => "`HOST:PORT`, several separated by commas; nothing comes of it without `hub.kafka.topics`, and a notice says so",
        EnvironmentMeaning.Sessions => "as in a file; nothing comes of it without the section `sessions`, and a notice says so",
        _ => "as in a file",
    };

    private static void WriteSection(StringBuilder page, string path, string description, RecordShape record, Applies? applies)
    {
        if (path.Length > 0)
            page.Append($"\n## {path}\n\n{description}\n");
        if (record.Shorthand is { } shorthand)
            page.Append($"\nMay be written as its `{shorthand.Name}` alone, as text.\n");
        var rows = record.Members.Where(m => Inner(m.Shape) is null).ToArray();
        if (rows.Length > 0)
        {
            page.Append(path.Length == 0 ? "\n## Top level\n" : "").Append("\n| setting | type | default | a change holds | |\n|---|---|---|---|---|\n");
            foreach (var member in rows)
                page.Append($"| `{member.Name}` | {TypeOf(member)} | {DefaultOf(member)} | {(member.About.OwnAt ?? applies)?.Text()} | {Cell(member.About.Description)} |\n");
        }

        foreach (var member in record.Members.Where(m => Inner(m.Shape) is not null))
            WriteSection(page, $"{SettingsPath.Join(path, member.Name)}{Suffix(member.Shape)}", SectionText(member), Inner(member.Shape)!, member.About.OwnAt ?? applies);
    }

    /// <summary>The record that has a section of its own; null for what fits in a row.</summary>
    private static RecordShape? Inner(Shape shape) => shape switch
    {
        RecordShape record => record,
        ListShape list => Inner(list.Item),
        MapShape map => Inner(map.Value),
        _ => null,
    };

    private static string Suffix(Shape shape) => shape switch
    {
        ListShape list => $".N{Suffix(list.Item)}",
        MapShape map => $".NAME{Suffix(map.Value)}",
        _ => "",
    };

    private static string SectionText(MemberShape member)
    {
        var builtIn = member.Shape is ListShape && DefaultNodes.Of(member) is ListNode { Items.Count: > 0 } ? $" Default: {DefaultOf(member)}." : "";
        return $"{member.About.Description}{(member.About.Required ? " Required." : "")}{(member.MayBeNull ? " Absent by default." : "")}{builtIn}";
    }

    private static string TypeOf(MemberShape member)
    {
        var about = member.About;
        var bounds = about is { Min: { } least, Max: { } most } ? $", {least} to {most}" : "";
        return $"{TypeOf(member.Shape)}{bounds}{(about.MayBeOff ? ", or `off`" : "")}{(about.Secret ? ", secret" : "")}";
    }

    private static string TypeOf(Shape shape) => shape switch
    {
        ScalarShape { Kind: ScalarType.Text } => "text",
        ScalarShape { Kind: ScalarType.Switch } => "true or false",
        ScalarShape { Kind: ScalarType.Integer } => "whole number",
        ScalarShape { Kind: ScalarType.Number } => "number",
        ScalarShape { Kind: ScalarType.Duration } => "duration",
        ScalarShape choice => string.Join(", ", choice.Choices.Select(c => $"`{c}`")),
        ListShape list => $"list of {TypeOf(list.Item)}",
        MapShape map => $"object: name to {TypeOf(map.Value)}",
        _ => "object",
    };

    private static string DefaultOf(MemberShape member) => DefaultNodes.Of(member) switch
    {
        null => "required",
        ScalarNode { Kind: ScalarKind.Null } => "",
        ScalarNode { Text: "" } => "empty",
        var builtIn => $"`{Cell(NodeText.Of(builtIn, member.Shape, member.About))}`",
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
