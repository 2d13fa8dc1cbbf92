using System.Globalization;
using Bascule.System.Tests;
using Bascule.Testing;

namespace Bascule.Diagnostics.Tests;

/// <summary>Servers that others wrote: what they do not do by the RFC is known, and docs/conformance.md explains it. The lists may only shrink.</summary>
public sealed class KnownServerTests(ITestOutputHelper output)
{
    // A server that takes what it should refuse is not waited for; only a few cases of few servers end in silence.
    private static readonly PeerClock Clock = new(WorkingTime.Shared, TimeSpan.FromSeconds(10));

    /// <summary>Begins a line for all cases that are lenient for one cause: words of what was expected follow.</summary>
    private const string AnyLenient = "lenient * ";

    [Fact]
    public async Task Kestrel_deviates_only_where_it_is_known()
    {
        await using var server = await KestrelEcho.StartAsync();
        await OnlyKnownAsync(server.Url, "kestrel");
    }

    [Fact]
    public async Task Kestrel_over_TLS_and_HTTP2_deviates_only_where_it_is_known()
    {
        await using var server = await KestrelEcho.StartAsync(isSecure: true);
        var report = await OnlyKnownAsync(server.Url, "kestrel");

        Assert.All(report.Results.Where(r => r.Case.Area.Name == "http2"), r => Assert.NotEqual(Outcome.NotApplicable, r.Outcome));
    }

    [Fact]
    public async Task Npm_ws_deviates_only_where_it_is_known()
    {
        await using var server = await BackendProcess.EchoAsync("mjs", "--deflate");
        await OnlyKnownAsync(new Uri(server.Url.Replace("http", "ws", StringComparison.Ordinal)), "ws");
    }

    [Fact]
    public async Task Python_websockets_deviates_only_where_it_is_known()
    {
        await using var server = await BackendProcess.EchoAsync("py", "--deflate");
        await OnlyKnownAsync(new Uri(server.Url.Replace("http", "ws", StringComparison.Ordinal)), "websockets");
    }

    [Theory]
    [InlineData("kestrel")]
    [InlineData("ws")]
    [InlineData("websockets")]
    public async Task Every_known_failure_is_explained(string server)
    {
        var documentation = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "conformance.md"));
        var ids = ServerCases.All.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);

        Assert.All(Known(server).Where(line => !line.StartsWith(AnyLenient, StringComparison.Ordinal)), line => Assert.Contains(line.Split(' ')[1], ids));
        Assert.All(Known(server).Where(line => line.StartsWith("failed ", StringComparison.Ordinal)), line => Assert.Contains($"`{line.Split(' ')[1]}`", documentation));
    }

    private async Task<ConformReport> OnlyKnownAsync(Uri url, string name)
    {
        var stage = await ServerProbe.LookAsync(new ConformTarget(url, [], AnyCertificate: true), Clock, CancellationToken.None).Soon();
        Assert.Null(stage.Facts.NoEcho);
        Assert.Null(stage.Facts.NoDeflate);

        var report = await new ConformRun(stage).RunAsync(ServerCases.All, null, CancellationToken.None);

        // What the table in docs/conformance.md is made of.
        foreach (var area in report.Results.GroupBy(r => r.Case.Area.Name, StringComparer.Ordinal))
            output.WriteLine($"{name} {area.Key} {string.Join(' ', Enum.GetValues<Outcome>().Select(o => $"{o}={area.Count(r => r.Outcome == o)}"))}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} all {report.Results.Count} in {report.Duration.TotalSeconds:0.0} s"));

        var known = Known(name);
        var strange = report.Results.Where(r => r.Outcome is Outcome.Failed or Outcome.Lenient or Outcome.Broken)
            .Where(r => !known.Contains(Line(r)) && !known.Any(k => k.StartsWith(AnyLenient, StringComparison.Ordinal) && r.Outcome == Outcome.Lenient && r.Expected.Contains(k[AnyLenient.Length..], StringComparison.Ordinal)))
            .Select(r => $"{Line(r)}  # seen: {r.Seen}; expected: {r.Expected}").ToList();
        Assert.True(strange.Count == 0, string.Create(CultureInfo.InvariantCulture, $"{strange.Count} new deviations in {report.Duration.TotalSeconds:0.0} s:\n{string.Join('\n', strange)}"));
        Assert.Empty(report.Deaths);
        return report;
    }

    private static string Line(CaseResult result) => $"{result.Outcome.ToString().ToLowerInvariant()} {result.Case.Id}";

    private static HashSet<string> Known(string name) =>
        [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Deviations", name + ".txt")).Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0)];
}
