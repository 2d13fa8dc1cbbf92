namespace Bascule.Settings;

internal enum OriginKind
{
    Default,
    File,
    Environment,
    CommandLine,
}

/// <summary>The layer a value came from, and the place in it as a reader finds it.</summary>
internal readonly record struct Origin(OriginKind Kind, string Text)
{
    internal static readonly Origin Default = new(OriginKind.Default, "default");

    internal static readonly Origin CommandLine = new(OriginKind.CommandLine, "--set");

    internal static Origin File(string name, int line) => new(OriginKind.File, $"{name}:{line}");

    internal static Origin Environment(string name) => new(OriginKind.Environment, $"environment {name}");
}
