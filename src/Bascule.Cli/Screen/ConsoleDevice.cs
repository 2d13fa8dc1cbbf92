using System.Runtime.InteropServices;

namespace Bascule.Cli;

/// <summary>The console of the process.</summary>
public sealed class ConsoleDevice : IScreenDevice
{
    /// <summary>What every terminal has had since the VT100, for those that do not say.</summary>
    private static readonly ScreenSize Usual = new(80, 24);

    private readonly bool _hasKeys = !Console.IsInputRedirected;

    /// <summary>Null where views cannot work: no terminal, or one that takes no sequences.</summary>
    public static IScreenDevice? Find(IReadOnlyDictionary<string, string> environment) =>
        Console.IsOutputRedirected || environment.GetValueOrDefault("TERM") is "" or "dumb" ? null : new ConsoleDevice();

    public ScreenSize Size => Console.WindowWidth > 0 && Console.WindowHeight > 0 ? new ScreenSize(Console.WindowWidth, Console.WindowHeight) : Usual;

    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }

    public bool TryReadKey(out ConsoleKeyInfo key)
    {
        key = default;
        if (!_hasKeys || !Console.KeyAvailable)
            return false;
        key = Console.ReadKey(intercept: true);
        return true;
    }

    public IDisposable Watch(Action leaving, Action back)
    {
        List<IDisposable> registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, _ => leaving()))];
        if (!OperatingSystem.IsWindows())
        {
            // The runtime does not stop the process once somebody listens for Ctrl-Z; without listening it would stop with the screen taken. So Ctrl-Z does nothing.
            registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, signal => signal.Cancel = true));
            registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => back()));
        }

        return new Signals(registrations);
    }

    private sealed class Signals(IReadOnlyList<IDisposable> registrations) : IDisposable
    {
        public void Dispose()
        {
            foreach (var registration in registrations)
                registration.Dispose();
        }
    }
}
