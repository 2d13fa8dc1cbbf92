using System.Reflection;

namespace Bascule.Gateway;

/// <summary>Which build is running, so that an old deployment shows (case B2).</summary>
/// <param name="Version">For example <c>0.1.0</c>.</param>
/// <param name="Commit">The first 12 digits of the git commit, or <c>unknown</c>.</param>
public sealed record BuildFacts(string Version, string Commit)
{
    public string Name => $"bascule/{Version}";

    /// <summary>Read from the assembly, where the SDK writes <c>version+commit</c>.</summary>
    public static BuildFacts OfThisProgram()
    {
        var text = typeof(BuildFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? new BuildFacts(text, "unknown") : new BuildFacts(text[..plus], text[(plus + 1)..Math.Min(text.Length, plus + 13)]);
    }
}
