using Microsoft.Extensions.Logging;

namespace Bascule.Terminal;

/// <summary>One thread that waits for all masters, pipes and processes of a host, reads into rings, and waits for nobody.</summary>
/// <param name="hostMark">Put into the environment of every process as <c>BASCULE_SESSION_HOST</c>, so that they are found when this host is gone: <see cref="Leftovers"/>.</param>
public sealed class PtyReactor(string hostMark, ILogger log) : IDisposable
{
    public string HostMark { get; } = hostMark;

    internal ILogger Log { get; } = log;

    /// <summary>For a host that is PID 1, or a subreaper: takes away processes that ended and have nobody else. Only where no <see cref="System.Diagnostics.Process"/> is started.</summary>
    public void ReapOrphans() => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
