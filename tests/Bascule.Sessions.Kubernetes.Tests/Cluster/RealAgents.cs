using System.Net.WebSockets;
using System.Text;
using Bascule.Kubernetes.Fake;
using Bascule.Testing;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>A cluster whose pods run the real program of this build, and clients of the agents in them.</summary>
internal static class RealAgents
{
    /// <summary>The reason of a connection that had no close.</summary>
    internal const string Cut = "cut";

    /// <summary>Where the build puts the program; the same configuration as this test.</summary>
    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory.Replace(
        $"{Path.DirectorySeparatorChar}tests{Path.DirectorySeparatorChar}Bascule.Sessions.Kubernetes.Tests{Path.DirectorySeparatorChar}",
        $"{Path.DirectorySeparatorChar}src{Path.DirectorySeparatorChar}Bascule.Cli{Path.DirectorySeparatorChar}",
        StringComparison.Ordinal), "bascule");

    /// <summary>Each pod is a process of this machine.</summary>
    internal static Task<Rig> StartAsync() => Rig.StartAsync(new FakeOptions { Launcher = Processes().StartAsync });

    /// <summary>Of so many pods one is a process, the others run the same command in the process of this test: a start takes half a second of a core.</summary>
    internal static Task<Rig> StartManyAsync(int processEach)
    {
        var processes = Processes();
        var count = 0;
        return Rig.StartAsync(new FakeOptions
        {
            Launcher = start => Interlocked.Increment(ref count) % processEach == 0 ? processes.StartAsync(start) : Task.FromResult<IPodProcess?>(new InProcessAgent(start)),
        });
    }

    /// <summary>A client in plain mode: text in, text out.</summary>
    internal static async Task<ClientWebSocket> AttachAsync(SessionPlace place, SessionId id, string key)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + key);
        await socket.ConnectAsync(new UriBuilder(new Uri(place.Url!, $"v1/terminals/{id}/attach?from=0")) { Scheme = "ws" }.Uri, default).Soon();
        return socket;
    }

    internal static Task TypeAsync(WebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default).Soon();

    /// <summary>Reads until something has come, or to the close.</summary>
    internal static async Task<(string Text, int? Code, string Reason)> ReadAsync(WebSocket socket, string? until = null)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (until is null || !text.ToString().Contains(until, StringComparison.Ordinal))
        {
            WebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer, default).Soon();
            }
            catch (WebSocketException)
            {
                return (text.ToString(), null, Cut);
            }

            if (part.MessageType == WebSocketMessageType.Close)
                return (text.ToString(), (int?)part.CloseStatus, part.CloseStatusDescription ?? "");
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
        }

        return (text.ToString(), null, "");
    }

    private static LocalProcesses Processes()
    {
        Assert.True(File.Exists(Program), $"{Program} is not there: build the solution.");
        return new LocalProcesses(new Dictionary<string, string> { ["bascule"] = Program }, TimeProvider.System);
    }
}
