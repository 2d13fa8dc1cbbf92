using System.Runtime.InteropServices;

namespace Bascule.Cli;

/// <summary>SIGTERM and SIGINT: the first asks for a graceful stop, the second for haste.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly PosixSignalRegistration _term;
    private readonly PosixSignalRegistration _interrupt;

    internal StopSignals()
    {
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Take);
    }

    internal CancellationToken Stop => _stop.Token;

    internal CancellationToken Hurry => _hurry.Token;

    public void Dispose()
    {
        _term.Dispose();
        _interrupt.Dispose();
        _stop.Dispose();
        _hurry.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        // The program ends itself when it is done.
        context.Cancel = true;
        (_stop.IsCancellationRequested ? _hurry : _stop).Cancel();
    }
}
