namespace Bascule.Settings;

internal enum OriginKind
{
    Default,
    File,
    Environment,
    CommandLine,

    /// <summary>A snapshot that is compared with another one: where its values were written is not known.</summary>
    Snapshot,
}

/// <summary>The layer a value came from, and the place in it as a reader finds it.</summary>
internal readonly record struct Origin(OriginKind Kind, string Text)
{
    internal static readonly Origin Default = new(OriginKind.Default, "default");

    internal static readonly Origin CommandLine = new(OriginKind.CommandLine, "--set");

    internal static readonly Origin Snapshot = new(OriginKind.Snapshot, "snapshot");

    internal static Origin File(string name, int line) => new(OriginKind.File, $"{name}:{line}");

    internal static Origin Environment(string name) => new(OriginKind.Environment, $"environment {name}");
}
