namespace Bascule.Architecture.Tests;

/// <summary>Collects what breaks a rule, so that one run shows all of it and not just the first.</summary>
internal static class Faults
{
    public static void None(IEnumerable<string> faults, string remedy)
    {
        var found = faults.Order(StringComparer.Ordinal).ToList();
        Assert.True(found.Count == 0, $"{found.Count} found. {remedy}\n  {string.Join("\n  ", found)}");
    }
}
