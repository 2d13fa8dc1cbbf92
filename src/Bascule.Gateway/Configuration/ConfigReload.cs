using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Reads the configuration again. A whole valid snapshot takes effect, or nothing; open connections go on unless the policy of a change says otherwise.</summary>
/// <param name="source">Null: the gateway was given its settings by a program, and cannot read them again.</param>
public sealed class ConfigReload(ConfigSource? source, LiveConfiguration configuration, OpenConnections open, Drains drains, ReloadTelling telling) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private LoadedSettings? _loaded = source?.Started;

    /// <summary>What came of the last reload; null before the first.</summary>
    public ReloadResult? Last { get; private set; }

    /// <summary>Every value that was read last and found good.</summary>
    public IReadOnlyList<EffectiveValue> Values => _loaded?.Values ?? [];

    /// <summary>Where a change may mend what was wrong, or change what holds.</summary>
    public WatchedPlaces? Watched { get; private set; } = source?.Watched;

    public void Dispose() => _one.Dispose();

    /// <summary>What the files and the environment say now; nothing of it takes effect. Null when they cannot be read again.</summary>
    public SettingsResult? Look() => source?.Load();

    /// <param name="by">Who asked: an operator, <c>file change</c> or <c>SIGHUP</c>.</param>
    public async Task<ReloadResult> RunAsync(string by)
    {
        // One at a time, in the order of asking.
        await _one.WaitAsync();
        try
        {
            ReloadResult outcome;
            try
            {
                outcome = Run(by);
            }
            catch (Exception surprise)
            {
                // The watch of the files and SIGHUP have nobody to tell: it is told as every fault is, and the next change is looked at again.
                outcome = Refused(by, [new SettingFault("", "the reload", "", $"failed in an unknown way ({surprise.GetType().Name}: {surprise.Message})", "Please report it as a defect of Bascule, and restart the gateway when you can.")]);
            }

            Last = outcome;
            telling.Tell(outcome);
            return outcome;
        }
        finally
        {
            _one.Release();
        }
    }

    private ReloadResult Run(string by)
    {
        if (source is null || _loaded is null)
            return Refused(by, [new SettingFault("", "this gateway", "", "was given its settings by a program, not by files", "Start it with `bascule serve`.")]);
        var result = source.Load();
        Watched = result.Watched;
        return result.IsGood ? Apply(_loaded, result.Loaded, by) : Refused(by, result.Faults);
    }

    private ReloadResult Refused(string by, IReadOnlyList<SettingFault> faults) => new(false, configuration.Current.Number, telling.Now, by, [], faults);

    private ReloadResult Apply(LoadedSettings before, LoadedSettings after, string by)
    {
        var changes = SettingsDiff.Between(before, after);
        var old = configuration.Current;
        if (changes.Count == 0)
            return new ReloadResult(true, old.Number, telling.Now, by, [], []);
        var next = configuration.Apply(after.Settings, keysChanged: changes.Any(c => c.Path.StartsWith("auth.jwt", StringComparison.Ordinal)));
        _loaded = after;
        foreach (var route in old.Routes.All)
            Follow(route.Settings, changes, next, by);
        return new ReloadResult(true, next.Number, next.Since, by, changes, []);
    }

    /// <summary>What the policy of the change asks of the open connections of a route that is not what it was.</summary>
    private void Follow(RouteSettings before, IReadOnlyList<SettingChange> changes, Generation next, string by)
    {
        if (!changes.Any(c => c.Path.StartsWith($"routes[{before.Name}]", StringComparison.Ordinal)))
            return;
        var after = next.Settings.Routes.FirstOrDefault(r => r.Name == before.Name);
        var policy = (after ?? before).OnChange ?? next.Settings.Reload.Connections;
        var what = $"route {before.Name}, which a reload {(after is null ? "removed" : "changed")}";
        var selector = new ConnectionSelector(Route: before.Name, OldRules: next.Number);
        if (policy == ChangePolicy.Drain)
            drains.Start(new DrainOrder(what, selector, EndReasons.RouteRemoved, next.Settings.Drain.PerSecond, by));
        else if (policy == ChangePolicy.Close)
            open.Select(selector).ForEach(connection => connection.TryTell(new Ending(EndReasons.RouteRemoved, what), TimeSpan.Zero));
    }
}
