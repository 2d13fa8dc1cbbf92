using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;

namespace Bascule.Cli;

/// <summary>Reads topics over one connection after the other, each from where the last one ended.</summary>
internal sealed class TopicReader(ReadPlan plan, MessagePrinter printer, Output output, TimeProvider time)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, string?> _cursors = plan.Topics.ToDictionary(topic => topic, _ => plan.Cursor, StringComparer.Ordinal);
    private Uri _url = plan.Url;
    private bool _wasConnected;
    private int _failures;

    internal async Task<int> RunAsync(CancellationToken interruption)
    {
        while (true)
        {
            var end = await ConnectAsync(interruption);
            if (end.ExitCode is { } code)
            {
                if (end.Words.Length > 0)
                    output.ErrorLine(end.Words);
                return code;
            }

            var pause = PauseFor(end);
            output.ErrorLine($"{end.Words} It is tried again in {pause.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s{(plan.IsPlain ? "; what comes meanwhile is lost" : "")}.");
            _url = Returning(end.Reconnect) ?? plan.Url;
            await Task.Delay(pause, time, interruption);
        }
    }

    private async Task<TalkEnd> ConnectAsync(CancellationToken interruption)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(20);
        socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
        if (!plan.IsPlain)
            socket.Options.AddSubProtocol(TopicTalk.Subprotocol);
        if (!string.IsNullOrEmpty(plan.Token))
            socket.Options.SetRequestHeader("Authorization", $"Bearer {plan.Token}");
        using var limit = new CancellationTokenSource(ConnectLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, interruption);
        try
        {
            await socket.ConnectAsync(plan.AddressAt(_url), both.Token);
        }
        catch (OperationCanceledException) when (!interruption.IsCancellationRequested)
        {
            return Unreachable($"there was no answer within {ConnectLimit.TotalSeconds:0} s");
        }
        catch (WebSocketException) when ((int)socket.HttpStatusCode > 0 && (int)socket.HttpStatusCode != 101)
        {
            return Refused(socket);
        }
        catch (WebSocketException e)
        {
            return Unreachable((e.InnerException?.Message ?? e.Message).TrimEnd('.'));
        }

        if (_wasConnected)
            output.ErrorLine($"Connected again to {_url.Authority}.");
        _wasConnected = true;
        return await new TopicTalk(socket, plan, _cursors, printer, output, () => _failures = 0).RunAsync(time, interruption);
    }

    /// <summary>The first time it is an answer to who asked; later the server may come back.</summary>
    private TalkEnd Unreachable(string why)
    {
        var words = $"{_url.Authority} cannot be reached: {why}.";
        return _wasConnected ? TalkEnd.Again(words) : TalkEnd.Final(ExitCodes.Unreachable, $"{words} Does a gateway listen there?");
    }

    private TalkEnd Refused(ClientWebSocket socket)
    {
        var status = (int)socket.HttpStatusCode;
        var fields = socket.HttpResponseHeaders;
        var attempt = fields?.TryGetValue("X-Bascule-Attempt", out var ids) == true ? ids.FirstOrDefault() : null;
        var words = $"{_url.Authority} refused the WebSocket with {status}.{(attempt is null ? "" : ExplainCommand.HowToAsk(attempt, _url))}";
        if (status is not (429 or 502 or 503 or 504))
            return TalkEnd.Final(ExitCodes.FoundFault, words);
        var after = fields?.TryGetValue("Retry-After", out var seconds) == true && int.TryParse(seconds.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var wait) ? wait : 0;
        return TalkEnd.Again(words) with { After = TimeSpan.FromSeconds(after) };
    }

    /// <summary>What the server asked for; longer each time that nothing came of it, and never the same for all clients.</summary>
    private TimeSpan PauseFor(TalkEnd end)
    {
        var spread = end.Within ?? TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(_failures, 10)));
        _failures++;
        return end.After + TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)Math.Min(spread.TotalMilliseconds, int.MaxValue - 1) + 1));
    }

    /// <summary>An address that the server named; none that would show the token to the network.</summary>
    private Uri? Returning(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == "wss" || (url.Scheme == "ws" && plan.Url.Scheme == "ws")) && url.UserInfo.Length == 0
            ? new UriBuilder(plan.Url) { Scheme = url.Scheme, Host = url.Host, Port = url.Port, Path = url.AbsolutePath == "/" ? plan.Url.AbsolutePath : url.AbsolutePath }.Uri
            : null;
}

/// <summary>How one connection ended.</summary>
/// <param name="ExitCode">Null: it is to be made again.</param>
/// <param name="Words">For the person at the terminal; may be empty when all went well.</param>
internal sealed record TalkEnd(int? ExitCode, string Words)
{
    /// <summary>Not before.</summary>
    internal TimeSpan After { get; init; }

    /// <summary>Then at a random moment of this span; null: as is usual.</summary>
    internal TimeSpan? Within { get; init; }

    /// <summary>Another address to come back to.</summary>
    internal string? Reconnect { get; init; }

    internal static TalkEnd Final(int code, string words) => new(code, words);

    internal static TalkEnd Again(string words) => new(null, words);
}
