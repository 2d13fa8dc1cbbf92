using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Asks the agents in the pods: when their terminal ended, and with what result.</summary>
internal sealed class AgentCalls(ILogger log, TimeProvider time) : IDisposable
{
    private const int WaitSeconds = 25;

    // Base64 of two outputs at their longest cap, with room.
    private const int LongestAnswer = 64 << 20;

    // Twice what an agent writes at most.
    private const long LongestRecording = 512L << 20;

    // 256 MiB at 10 MB/s.
    private static readonly TimeSpan RecordingLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(WaitSeconds + 15);

    // Twice what an agent gives a program from SIGHUP to SIGKILL: a recording is whole after that. The pod goes in any case.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5), UseProxy = false, AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    public void Dispose() => _http.Dispose();

    /// <summary>Follows an agent until it says that its terminal ended, by long polls. Only cancellation ends it otherwise.</summary>
    /// <param name="onWriter">Told of each change of the writer that the agent remembers, also those of before.</param>
    internal async Task<PodFinish> WhenEndedAsync(Uri agent, string secret, SessionId id, Action<WriterChange> onWriter, CancellationToken cancellation)
    {
        var after = 0L;
        var wait = FirstWait;
        while (true)
        {
            var (answer, error) = await AskAsync(HttpMethod.Get, new Uri(agent, $"v1/changes?after={after}&wait={WaitSeconds}"), secret, CallLimit, cancellation);
            if (error is not null)
            {
                log.AgentUnheard(agent.Host, error);
                await Task.Delay(wait * Random.Shared.NextDouble(), time, cancellation);
                wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
                continue;
            }

            wait = FirstWait;
            after = answer!["last"] is JsonValue value && value.TryGetValue(out long last) ? last : after;
            foreach (var change in answer.Items("changes").Where(change => change.Text("terminal") == id.ToString()))
            {
                if (WriterOf(change) is { } writer)
                    onWriter(writer);
            }

            if (answer.Items("changes").Select(change => change.Text("terminal") == id.ToString() ? FinishOf(change) : null).FirstOrDefault(finish => finish is not null) is { } told)
                return told;
            if (answer.Flag("lost") == true && await ExitAsync(agent, secret, id, cancellation) is { } missed)
                return missed;
        }
    }

    /// <summary>Null: it has none, or cannot be asked.</summary>
    internal async Task<SessionResult?> ResultAsync(Uri agent, string secret, SessionId id, CancellationToken cancellation)
    {
        var (answer, error) = await AskAsync(HttpMethod.Get, new Uri(agent, $"v1/terminals/{id}/result"), secret, CallLimit, cancellation);
        if (error is not null)
            log.AgentUnheard(agent.Host, error);
        if (answer is null)
            return null;
        try
        {
            return new SessionResult(
                Convert.FromBase64String(answer.Text("stdout") ?? ""),
                Convert.FromBase64String(answer.Text("stderr") ?? ""),
                answer.Flag("truncated") ?? false);
        }
        catch (FormatException fault)
        {
            log.AgentUnheard(agent.Host, fault.Message);
            return null;
        }
    }

    /// <summary>Has the agent end its terminal, so that who is attached hears why. One that cannot be reached is ended by its pod's end, and says that its host stops.</summary>
    /// <param name="cause">One of the exit frame.</param>
    /// <param name="keeps">The agent stays for its recording to be fetched.</param>
    internal async Task EndAsync(Uri agent, string secret, SessionId id, string cause, bool keeps, CancellationToken cancellation)
    {
        var (_, error) = await AskAsync(HttpMethod.Delete, new Uri(agent, $"v1/terminals/{id}?cause={cause}&keep={(keeps ? "true" : "false")}"), secret, EndLimit, cancellation);
        if (error is not null)
            log.AgentUnheard(agent.Host, error);
    }

    /// <summary>Copies the recording of a terminal that ended.</summary>
    /// <returns>Null, or why there is none or not all of it.</returns>
    internal async Task<RecordingFault?> RecordingAsync(Uri agent, string secret, SessionId id, Stream target, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(RecordingLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(agent, $"v1/terminals/{id}/recording"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (answer.StatusCode != HttpStatusCode.OK)
                return new RecordingFault($"the agent answered {(int)answer.StatusCode}", MayPass: (int)answer.StatusCode >= 500);
            // No more than it says comes then.
            if (answer.Content.Headers.ContentLength is not (>= 0 and <= LongestRecording))
                return new RecordingFault($"the agent has {answer.Content.Headers.ContentLength} bytes, and {LongestRecording} are the most", MayPass: false);
            await answer.Content.CopyToAsync(target, both.Token);
            return null;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new RecordingFault(fault.Message, MayPass: fault is not OperationCanceledException);
        }
    }

    private static WriterChange? WriterOf(JsonNode change) =>
        change["writer"] is { } writer && writer["fence"] is JsonValue value && value.TryGetValue(out long fence) && change["at"] is JsonValue at && at.TryGetValue(out DateTimeOffset time)
            ? new WriterChange(fence, writer.Text("user"), writer.Text("before"), writer.Text("attempt"), writer.Text("client"), time)
            : null;

    /// <summary>The agent does not remember all since the last question: how does the terminal stand?</summary>
    private async Task<PodFinish?> ExitAsync(Uri agent, string secret, SessionId id, CancellationToken cancellation) =>
        FinishOf((await AskAsync(HttpMethod.Get, new Uri(agent, $"v1/terminals/{id}"), secret, CallLimit, cancellation)).Answer);

    /// <param name="told">A change, or the terminal itself.</param>
    private static PodFinish? FinishOf(JsonNode? told) => AgentExit.Of(told?["exit"]) is { } finish ? finish with { RecordingDigest = told.Text("recordingDigest") } : null;

    private async Task<(JsonObject? Answer, string? Error)> AskAsync(HttpMethod method, Uri url, string secret, TimeSpan longest, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        try
        {
            using var answer = await _http.SendAsync(request, both.Token);
            var body = await answer.Content.ReadAsStringAsync(both.Token);
            if (answer.StatusCode == HttpStatusCode.NoContent)
                return ([], null);
            return answer.IsSuccessStatusCode && JsonNode.Parse(body) is JsonObject read ? (read, null) : (null, $"{(int)answer.StatusCode} {body}");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or JsonException
            || (fault is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, fault.Message);
        }
    }
}
