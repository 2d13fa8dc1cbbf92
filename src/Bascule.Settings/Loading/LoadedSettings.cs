namespace Bascule.Settings;

/// <summary>A configuration without faults, and where each of its values came from.</summary>
public sealed class LoadedSettings
{
    public required BasculeSettings Settings { get; init; }

    /// <summary>Every effective value, in the order of the reference.</summary>
    public required IReadOnlyList<EffectiveValue> Values { get; init; }

    /// <summary>What an operator should know though it is no fault: values of a file that the environment changed, names that nothing uses.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>Full paths of the files that were read, in the order of their layers.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The files that settings name and whose content counts: keys, tokens, certificates.</summary>
    public required IReadOnlyList<NamedFile> NamedFiles { get; init; }
}

/// <summary>A file that a setting names.</summary>
/// <param name="Setting">The path of the setting.</param>
/// <param name="Path">The full path of the file.</param>
/// <param name="Fingerprint">SHA-256 of the content, to notice a change; empty when it could not be read.</param>
public sealed record NamedFile(string Setting, string Path, string Fingerprint);

/// <summary>One value that holds, where it came from, and what it took the place of.</summary>
/// <param name="Path">As <c>--set</c> takes it: <c>pools.kb.nodes.0.url</c>.</param>
/// <param name="Text">The value as it was written; secrets are masked.</param>
/// <param name="Origin"><c>bascule.json:12</c>, <c>environment PORT</c>, <c>--set</c> or <c>default</c>.</param>
/// <param name="Overrode">What it took the place of, nearest first.</param>
public sealed record EffectiveValue(string Path, string Text, string Origin, IReadOnlyList<OverriddenValue> Overrode);

/// <summary>A value that a later layer took the place of. Secrets are masked.</summary>
public sealed record OverriddenValue(string Text, string Origin);
