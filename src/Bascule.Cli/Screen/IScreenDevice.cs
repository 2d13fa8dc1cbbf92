namespace Bascule.Cli;

/// <summary>What a full-screen view needs of a terminal: the console of the process, or the one of a test.</summary>
public interface IScreenDevice
{
    ScreenSize Size { get; }

    void Write(string text);

    /// <summary>The next key that was pressed, if any. Never waits.</summary>
    bool TryReadKey(out ConsoleKeyInfo key);

    /// <summary>Tells when the process is about to end, and when it goes on after it was stopped.</summary>
    IDisposable Watch(Action leaving, Action back);
}
