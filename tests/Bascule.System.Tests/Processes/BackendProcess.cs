namespace Bascule.System.Tests;

/// <summary>A back end in another process, written by others: an echo server of tests/interop, or Python's file server.</summary>
internal sealed class BackendProcess : IAsyncDisposable
{
    /// <summary>Debian's: another Python does not see Debian's packages.</summary>
    internal const string Python = "/usr/bin/python3";

    private BackendProcess(ChildProcess process, string port)
    {
        Process = process;
        Url = $"http://127.0.0.1:{port}";
    }

    internal ChildProcess Process { get; }

    internal string Url { get; }

    /// <summary>As clients write it: <c>ws://127.0.0.1:PORT/</c>.</summary>
    internal string WebSocketUrl => $"ws{Url["http".Length..]}/";

    /// <param name="library"><c>py</c> for Debian's websockets, <c>mjs</c> for npm's ws.</param>
    internal static Task<BackendProcess> EchoAsync(string library, params IEnumerable<string> options) => StartAsync(
        "^(?<port>[0-9]+)$",
        library == "py" ? Python : "node",
        [Repository.InteropFile($"echo.{library}"), .. options]);

    /// <summary>Two processes of ws on one port: together they hold twice as many connections as one may open sockets.</summary>
    internal static Task<BackendProcess> EchoInTwoAsync() => StartAsync("^(?<port>[0-9]+)$", "node", [Repository.InteropFile("echo-many.mjs")]);

    /// <summary>Serves the files of tests/interop; whoever asks it for a WebSocket gets a file.</summary>
    internal static Task<BackendProcess> FilesAsync() => StartAsync(
        "Serving HTTP on .* port (?<port>[0-9]+)",
        Python,
        ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", Repository.Interop, "0"]);

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private static async Task<BackendProcess> StartAsync(string portLine, string program, IEnumerable<string> arguments)
    {
        var process = ChildProcess.Start(program, arguments);
        try
        {
            return new BackendProcess(process, (await process.LineAsync(portLine)).Groups["port"].Value);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }
}
