namespace Bascule.Load;

/// <summary>Counts what comes.</summary>
internal sealed class SilentWork(TargetCounts counts) : ISocketWatcher
{
    public void Message(ReadOnlySpan<byte> payload, bool isText) => counts.MessageReceived(payload.Length);
}
