namespace Bascule.Diagnostics;

/// <summary>Looks around: variables, working folder, programs, system, limits (case A8).</summary>
public static class EnvironmentView
{
    /// <param name="environment">Variables of this process.</param>
    /// <param name="folder">The working folder.</param>
    public static async Task<EnvironmentReport> TakeAsync(IReadOnlyDictionary<string, string> environment, string folder, TimeProvider time, CancellationToken cancellation)
    {
        var variables = environment.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => Seen(v.Key, v.Value)).ToList();
        var (found, missing) = await new ProgramSearch(environment, time).RunAsync(cancellation);
        return new EnvironmentReport(time.GetUtcNow(), variables, FolderListing.Read(folder), found, SystemReading.Read(environment, time), SystemReading.Limits()) { Missing = missing };
    }

    private static VariableSeen Seen(string name, string value)
    {
        var shown = SecretMask.Value(name, value);
        return new VariableSeen(name, shown, shown != value);
    }
}
