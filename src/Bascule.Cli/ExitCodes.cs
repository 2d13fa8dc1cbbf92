namespace Bascule.Cli;

/// <summary>What the exit code of every command means: a contract with scripts.</summary>
public static class ExitCodes
{
    public const int Good = 0;

    /// <summary>The command did its work and found something wrong.</summary>
    public const int FoundFault = 1;

    /// <summary>The command line cannot be understood (EX_USAGE of sysexits.h).</summary>
    public const int Usage = 64;

    /// <summary>What was asked for cannot be reached (EX_UNAVAILABLE).</summary>
    public const int Unreachable = 69;

    /// <summary>Bascule itself failed (EX_SOFTWARE), or its standard output cannot be written: a full disk.</summary>
    public const int OurFault = 70;

    /// <summary>The load generator was the limit, not what it measured (EX_TEMPFAIL).</summary>
    public const int GeneratorLimit = 75;

    /// <summary>A load test is worse than the one it was compared with.</summary>
    public const int Regression = 98;

    /// <summary>A threshold of a load test failed.</summary>
    public const int ThresholdFailed = 99;

    /// <summary>Interrupted by Ctrl-C or a signal (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Whoever read what a session writes has gone (128 + SIGPIPE): <c>… | head</c>.</summary>
    public const int ReaderGone = 141;
}
