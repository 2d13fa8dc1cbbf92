using Bascule.Settings;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Where a reload is told: log, and whoever else wants to know.</summary>
public sealed class ReloadTelling(Action<ReloadResult> tell, ILogger<ConfigReload> log, TimeProvider time)
{
    internal DateTimeOffset Now => time.GetUtcNow();

    internal void Tell(ReloadResult result)
    {
        if (!result.Applied)
            log.ReloadRefused(result.By, string.Join(" ", result.Faults));
        else
        {
            log.Reloaded(result.By, result.Generation, result.Changes.Count == 0 ? "nothing" : string.Join(", ", result.Changes.Select(c => c.Path)));
            var later = result.Changes.Where(c => c.Applies == Applies.Restart).Select(c => c.Path).ToList();
            if (later.Count > 0)
                log.NeedsRestart(string.Join(", ", later));
        }

        tell(result);
    }
}
