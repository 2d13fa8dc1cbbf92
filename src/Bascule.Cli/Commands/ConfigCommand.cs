using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule config</c>: check, explain, compare and describe the configuration, and have it read again.</summary>
public static class ConfigCommand
{
    public static Command Create(Surroundings surroundings) => new ExampleCommand("config", "Check, explain, compare, describe and reload the configuration.", "bascule config check")
    {
        Check(surroundings),
        Explain(surroundings),
        Diff(surroundings),
        Schema(surroundings),
        ConfigReloadCommand.Create(surroundings),
    };

    private static ExampleCommand Check(Surroundings surroundings)
    {
        var options = new ConfigOptions(surroundings);
        var offline = new Option<bool>("--offline") { Description = "Do not try the storage." };
        var json = new JsonOption("{ good, routes, pools, files: [path], notices: [text], storage: { name, problem, isGood }, faults: [{ path, origin, seen, problem, remedy }] }");
        var command = new ExampleCommand("check", "Say whether the configuration is good, or all that is wrong with it. A storage other than memory is opened, as `serve` would. Exit code 0 or 1.",
            "bascule config check", "bascule config check --config /etc/bascule/bascule.json --set stop.pause=5s", "bascule config check --offline --json") { offline, json };
        options.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            var result = options.Load(parse);
            var storage = result.IsGood && !parse.GetValue(offline) ? await StorageCheck.RunAsync(result.Loaded.Settings, surroundings.WorkingDirectory, interruption) : null;
            return WriteCheck(surroundings.Output, result, storage, parse.GetValue(json));
        });
        return command;
    }

    /// <param name="storage">Null when it was not tried.</param>
    private static int WriteCheck(Output output, SettingsResult result, StorageCheck? storage, bool asJson)
    {
        var loaded = result.Loaded;
        var (routes, pools) = (loaded?.Settings.Routes.Count ?? 0, loaded?.Settings.Pools.Count ?? 0);
        var isGood = result.IsGood && storage is null or { Problem: null };
        if (asJson)
            output.Json(new { Good = isGood, Routes = routes, Pools = pools, Files = loaded?.Files ?? [], Notices = loaded?.Notices ?? [], Storage = storage, result.Faults });
        else if (loaded is null)
            return FaultReport.Write(output, result.Faults);
        else
        {
            output.Line($"{(isGood ? "good" : "good in itself")}: {Readable.Count(routes, "route")}, {Readable.Count(pools, "pool")}; read: {(loaded.Files.Count == 0 ? "no file" : string.Join(", ", loaded.Files))}");
            WriteNotices(output, loaded.Notices);
            if (routes == 0 && loaded.Settings.Sessions is null)
                output.Line("note: no route is configured, so `bascule serve` will not start.");
            if (storage is { Problem: { } problem })
                output.ErrorLine($"storage: {problem}");
            else if (storage?.Name is { } name)
                output.Line($"storage: {name} answers");
        }

        return isGood ? ExitCodes.Good : ExitCodes.FoundFault;
    }

    private static ExampleCommand Explain(Surroundings surroundings)
    {
        var options = new ConfigOptions(surroundings);
        var prefix = new Argument<string>("path-prefix") { Description = "Only settings whose path starts so: heartbeat, pools.kb", DefaultValueFactory = _ => "" };
        var json = new JsonOption("{ values: [{ path, text, origin, overrode: [{ text, origin }] }], notices: [text], faults: [as in check] }");
        var command = new ExampleCommand("explain", "Every value that holds, where it came from, and what it took the place of. Secrets are masked.",
            "bascule config explain", "bascule config explain heartbeat", "PORT=3005 bascule config explain listen --json") { prefix, json };
        options.AddTo(command);
        command.SetAction(parse => WriteExplanation(surroundings.Output, options.Load(parse), parse.GetRequiredValue(prefix), parse.GetValue(json)));
        return command;
    }

    private static int WriteExplanation(Output output, SettingsResult result, string prefix, bool asJson)
    {
        EffectiveValue[] values = [.. (result.Loaded?.Values ?? []).Where(v => v.Path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))];
        if (asJson)
        {
            output.Json(new { Values = values, Notices = result.Loaded?.Notices ?? [], result.Faults });
            return values.Length > 0 ? ExitCodes.Good : ExitCodes.FoundFault;
        }

        if (!result.IsGood)
            return FaultReport.Write(output, result.Faults);
        if (values.Length == 0)
        {
            output.ErrorLine($"No setting starts with {prefix}. bascule config explain lists them all.");
            return ExitCodes.FoundFault;
        }

        if (output.IsTerminal)
            output.Table(["setting", "value", "from", "instead of"],
                values.Select(v => (string[])[v.Path, v.Text, v.Origin, string.Join('\n', v.Overrode.Select(Replaced))]));
        else
            foreach (var value in values)
                output.Line(AsLine(value));
        WriteNotices(output, result.Loaded.Notices);
        return ExitCodes.Good;
    }

    private static string AsLine(EffectiveValue value)
    {
        var instead = value.Overrode.Count == 0 ? "" : $"; instead of {string.Join(", ", value.Overrode.Select(Replaced))}";
        return $"{value.Path} = {value.Text}  ({value.Origin}{instead})";
    }

    private static string Replaced(OverriddenValue value) => $"{value.Text} from {value.Origin}";

    private static ExampleCommand Diff(Surroundings surroundings)
    {
        var before = new Argument<string>("before") { Description = "The configuration that holds." };
        var after = new Argument<string>("after") { Description = "The one to come." };
        var json = new JsonOption("{ same, changes: [{ path, before, after, applies: atOnce | newConnections | restart }], faults: [as in check] }");
        var command = new ExampleCommand("diff", "What differs between two configurations, each read with its drop-ins and this environment, and when it holds after a reload. "
            + "Secrets are masked. Exit code 0 when nothing differs, 1 when something does.",
            "bascule config diff bascule.json new.json", "bascule config diff a.json b.json --json") { before, after, json };
        command.SetAction(parse =>
        {
            var (old, now) = (Load(surroundings, parse.GetRequiredValue(before)), Load(surroundings, parse.GetRequiredValue(after)));
            return WriteDiff(surroundings.Output, old, now, parse.GetValue(json));
        });
        return command;
    }

    private static SettingsResult Load(Surroundings surroundings, string file) =>
        SettingsLoader.Load(new SettingsSources { ConfigFile = file, Environment = surroundings.Environment, BaseDirectory = surroundings.WorkingDirectory });

    private static int WriteDiff(Output output, SettingsResult before, SettingsResult after, bool asJson)
    {
        SettingFault[] faults = [.. before.Faults, .. after.Faults];
        var changes = before.IsGood && after.IsGood ? SettingsDiff.Between(before.Loaded, after.Loaded) : [];
        var isSame = faults.Length == 0 && changes.Count == 0;
        if (asJson)
            output.Json(new { Same = isSame, Changes = changes, Faults = faults });
        else if (faults.Length > 0)
            return FaultReport.Write(output, faults);
        else if (isSame)
            output.Line("no setting differs");
        else
            WriteChanges(output, changes);
        return isSame ? ExitCodes.Good : ExitCodes.FoundFault;
    }

    private static void WriteChanges(Output output, IReadOnlyList<SettingChange> changes)
    {
        ChangeReport.Write(output, changes);
        var later = changes.Count(c => c.Applies == Applies.Restart);
        var verb = changes.Count == 1 ? "differs" : "differ";
        output.Line($"{Readable.Count(changes.Count, "setting")} {verb}; {(later == 0 ? "a reload is enough" : $"{later} only at the next start")}");
    }

    private static ExampleCommand Schema(Surroundings surroundings)
    {
        var command = new ExampleCommand("schema", "Print the JSON Schema of bascule.json, for editors and other tools.", "bascule config schema > bascule.schema.json");
        command.SetAction(_ =>
        {
            surroundings.Output.Text(SettingsSchema.Json());
            return ExitCodes.Good;
        });
        return command;
    }

    private static void WriteNotices(Output output, IReadOnlyList<string> notices)
    {
        foreach (var notice in notices)
            output.Line($"note: {notice}");
    }
}
