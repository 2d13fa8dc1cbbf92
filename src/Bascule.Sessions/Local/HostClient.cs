using System.Net.Http.Headers;
using System.Text.Json;

namespace Bascule.Sessions;

/// <summary>Where a request goes and by what right: the key of our own host, or a note for one session at another.</summary>
internal readonly record struct HostDoor(Uri Url, Func<string, (string Name, string Value)> Right)
{
    internal static HostDoor Own(HostFile host) => new(host.Url, _ => ("Authorization", $"Bearer {host.Key}"));
}

/// <summary>Speaks the HTTP API of session hosts. What goes wrong is an answer, no exception.</summary>
internal sealed class HostClient(TimeProvider time) : IDisposable
{
    internal const int WaitSeconds = 25;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    // A process that does not want to end is asked, told and killed: five seconds, and some.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan ChangesLimit = TimeSpan.FromSeconds(WaitSeconds + 10);

    private static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(3) })
    {
        Timeout = Timeout.InfiniteTimeSpan,

        // A result with two streams of 8 MiB each, in base64.
        MaxResponseContentBufferSize = 32 << 20,
    };

    internal Task<HostReply> StartAsync(HostDoor door, SessionOrder order, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Put, door, Terminal(order.Id), "", JsonSerializer.SerializeToUtf8Bytes(HostOrder.Of(order), Json), AnswerLimit, cancellation);

    internal Task<HostReply> EndAsync(HostDoor door, SessionId id, string cause, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Delete, door, Terminal(id), $"?cause={cause}", null, EndLimit, cancellation);

    internal async Task<SessionResult?> ResultAsync(HostDoor door, SessionId id, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, door, $"{Terminal(id)}/result", "", null, AnswerLimit, cancellation);
        return reply.Status == 200 && Read<HostResult>(reply) is { } result ? new SessionResult(result.Stdout ?? [], result.Stderr ?? [], result.Truncated) : null;
    }

    internal async Task<(HostList? List, HostReply Reply)> ListAsync(HostDoor door, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, door, "/v1/terminals", "", null, AnswerLimit, cancellation);
        return (reply.Status == 200 ? Read<HostList>(reply) : null, reply);
    }

    /// <summary>Waits until there is something new.</summary>
    internal async Task<(HostChanges? Changes, HostReply Reply)> ChangesAsync(HostDoor door, long after, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, door, "/v1/changes", $"?after={after}&wait={WaitSeconds}", null, ChangesLimit, cancellation);
        return (reply.Status == 200 ? Read<HostChanges>(reply) : null, reply);
    }

    /// <summary>What a host has against a request, in its own words where it gives any.</summary>
    internal static HostProblem Problem(HostReply reply) =>
        (reply.IsReached ? Read<HostProblem>(reply) : null) is { } problem ? problem : new HostProblem(null, null, reply.IsReached ? $"It answered {reply.Status}." : reply.Failure);

    public void Dispose() => _http.Dispose();

    private static string Terminal(SessionId id) => $"/v1/terminals/{id}";

    private static T? Read<T>(HostReply reply)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(reply.Body, Json);
        }
        catch (JsonException)
        {
            // Not in the words of a host: whoever asked takes it for no answer.
            return null;
        }
    }

    private async Task<HostReply> SendAsync(
        HttpMethod method, HostDoor door, string path, string query, byte[]? body, TimeSpan limit, CancellationToken cancellation)
    {
        using var clock = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, clock.Token);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(door.Url, path + query));
            var (name, value) = door.Right(path);
            request.Headers.TryAddWithoutValidation(name, value);
            if (body is not null)
                request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await _http.SendAsync(request, both.Token);
            return new HostReply((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(both.Token), "");
        }
        catch (HttpRequestException e)
        {
            return new HostReply(0, [], $"It cannot be reached: {e.Message.TrimEnd('.')}.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new HostReply(0, [], $"It did not answer in {limit.TotalSeconds:0} s.");
        }
    }
}
