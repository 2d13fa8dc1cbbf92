namespace Bascule.Cli;

/// <summary>Lets the threads that wait for sockets run what waits for them, instead of waking another thread for each message.</summary>
/// <remarks>A third of the cost of a relayed message: docs/decisions/sockets-of-our-own.md. The runtime reads the name once, when the first socket is made.</remarks>
internal static class SocketThreads
{
    private const string Name = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Unless the environment says otherwise.</summary>
    internal static void RunInline()
    {
        if (Environment.GetEnvironmentVariable(Name) is null)
            Environment.SetEnvironmentVariable(Name, "1");
    }
}
