using System.Globalization;
using Bascule.Diagnostics;

namespace Bascule.Cli;

/// <summary>Shows a person what a program finds around it.</summary>
internal static class EnvironmentText
{
    internal static void Write(Output output, EnvironmentReport report)
    {
        var system = report.System;
        output.Line("System");
        output.Line($"  {system.Os}, kernel {system.Kernel}, {system.Architecture}, {system.Runtime}{(system.Container is { } container ? $", in {container}" : "")}");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"  host {system.Host}, user {system.User}, process {system.ProcessId}, {system.Processors} processors, {system.MemoryBytes / 1e6:0} MB, time zone {system.TimeZone}"));
        output.Line("Limits");
        foreach (var limit in report.Limits)
            output.Line($"  {limit.Name}: {limit.Soft}{(limit.Hard is { } hard && hard != limit.Soft ? $" (at most {hard})" : "")}{(limit.Unit is { } unit ? $" {unit}" : "")}");
        output.Line("Programs");
        foreach (var program in report.Programs)
            output.Line($"  {program.Name}: {program.Path}{(program.Version is { } version ? $": {version}" : $" ({program.Problem})")}");
        if (report.Missing.Count > 0)
            output.Line($"  not on PATH: {string.Join(", ", report.Missing)}");
        output.Line("Variables");
        foreach (var variable in report.Variables)
            output.Line($"  {variable.Name}={variable.Value}");
        output.Line($"Folder {report.Folder.Path}");
        foreach (var entry in report.Folder.Entries)
            output.Line($"  {entry.Path}{(entry.Kind switch { "folder" => "/", "link" => " (link)", _ => string.Create(CultureInfo.InvariantCulture, $" {entry.Bytes}") })}");
        if (!report.Folder.IsWhole)
            output.Line("  and more that is not shown");
        if (report.Folder.Problem is { } problem)
            output.Line($"  {problem}");
    }
}
