using System.Net;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>So many explanations a minute for one address. Fixed windows: it guards against guessing and floods, not to the second.</summary>
public sealed class LookupLimit(Func<JournalSettings> settings, TimeProvider time)
{
    /// <summary>Addresses counted in one window; when there are more, all others share one count.</summary>
    private const int MaxAddresses = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _counts = [];
    private long _windowStart = time.GetTimestamp();

    /// <param name="retryAfterSeconds">Until the next window.</param>
    public bool TryTake(IPAddress? address, out int retryAfterSeconds)
    {
        lock (_gate)
        {
            var elapsed = time.GetElapsedTime(_windowStart);
            if (elapsed >= Window)
            {
                _counts.Clear();
                _windowStart = time.GetTimestamp();
                elapsed = TimeSpan.Zero;
            }

            retryAfterSeconds = (int)Math.Ceiling((Window - elapsed).TotalSeconds);
            var key = address is null || (_counts.Count >= MaxAddresses && !_counts.ContainsKey(address)) ? IPAddress.None : address;
            var count = _counts.GetValueOrDefault(key);
            if (count >= settings().LookupsPerMinute)
                return false;
            _counts[key] = count + 1;
            return true;
        }
    }
}
