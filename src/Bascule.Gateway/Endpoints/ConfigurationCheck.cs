using Bascule.Diagnostics;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>The configuration as a check of the doctor: what is wrong with it, and what is worth knowing.</summary>
public static class ConfigurationCheck
{
    public const string Name = "configuration";

    private const string Source = "docs/settings.md";

    public static CheckReport Of(SettingsResult result) => new(Name, [.. Steps(result)]);

    private static IEnumerable<ProbeStep> Steps(SettingsResult result)
    {
        foreach (var fault in result.Faults)
            yield return Step("setting", StepResult.Fail, fault.ToString(), new Verdict(
                "CONFIG-FAULT", Severity.Error, $"{(fault.Path.Length == 0 ? fault.Origin : fault.Path)}{(fault.Seen.Length == 0 ? "" : $" is {fault.Seen}")}: {fault.Problem}.", fault.Seen.Length == 0 ? fault.Origin : $"{fault.Origin}: {fault.Seen}",
                "A gateway does not start with it; one that runs keeps the configuration that it has.", "Nothing listens after the next start, or a change seems to do nothing.", fault.Remedy, Source));
        if (result.Loaded is not { } loaded)
            yield break;
        var (routes, pools) = (loaded.Settings.Routes.Count, loaded.Settings.Pools.Count);
        var files = loaded.Files.Count == 0 ? "no file" : string.Join(", ", loaded.Files);
        if (loaded.Files.Count == 0 && routes == 0)
        {
            yield return Step("routes", StepResult.Skipped, "there is no bascule.json here");
            yield break;
        }

        yield return Step("routes", routes == 0 ? StepResult.Fail : StepResult.Ok, $"{routes} routes, {pools} pools; read: {files}", routes > 0 ? null : new Verdict(
            "CONFIG-NO-ROUTE", Severity.Error, "No route is configured.", $"read: {files}", "A gateway without a route serves nobody, so it does not start.", "Nothing listens.", "Add a route: path, auth, and a pool, topics or sessions.", Source));
        foreach (var notice in loaded.Notices)
            yield return Step("notice", StepResult.Ok, notice);
    }

    private static ProbeStep Step(string id, StepResult result, string evidence, Verdict? verdict = null) => new(id, result, TimeSpan.Zero, evidence, verdict);
}
