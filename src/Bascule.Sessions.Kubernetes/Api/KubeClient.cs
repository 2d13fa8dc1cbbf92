using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bascule.Sessions.Kubernetes;

/// <summary>Bounds of calls to the API server.</summary>
public sealed record KubeLimits
{
    /// <summary>For one call with all its repetitions. Default 15 s: a server that takes longer is as good as away.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes of one answer. Default 64 MiB: a page of 500 large pods has less than 20.</summary>
    public int AnswerBytes { get; init; } = 64 << 20;

    /// <summary>First wait after a watch or list failed; it doubles up to <see cref="LongestWait"/>, each with full jitter.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>Calls the API server. What it refuses, or that it cannot be reached, is a value; only the caller's own cancellation is thrown.</summary>
public sealed class KubeClient : IDisposable
{
    /// <summary>What the text of an error has when it is TLS that failed.</summary>
    internal const string Untrusted = "is not trusted, or does not trust us";

    private const int MostTries = 4;

    // What kubectl asks for, too.
    private const int PageSize = 500;

    private static readonly TimeSpan WaitWhenToldNone = TimeSpan.FromSeconds(1);

    private readonly KubeAccess _access;
    private readonly KubeLimits _limits;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public KubeClient(KubeAccess access, TimeProvider time, KubeLimits? limits = null)
    {
        _access = access;
        _time = time;
        _limits = limits ?? new KubeLimits();
        _http = new HttpMessageInvoker(access.NewHandler());
    }

    public KubeLimits Limits => _limits;

    /// <summary>The server and where its credentials came from, for messages.</summary>
    public string Name => $"{_access.Server} ({_access.Source})";

    internal HttpMessageInvoker Http => _http;

    internal Uri Server => _access.Server;

    /// <summary>Null: that of the address. The handler takes from it the name that it asks for in TLS, and that the certificate must have.</summary>
    internal string? HostHeader => _access.TlsServerName;

    public Task<KubeAnswer> GetAsync(string path, CancellationToken cancellation) => CallAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Reads all pages of a collection. A page that is too old (410) is an error: begin anew.</summary>
    /// <param name="query">Selectors.</param>
    public async Task<KubeList> ListAsync(string collection, string query, CancellationToken cancellation)
    {
        var all = new List<JsonObject>();
        var (token, version) = ("", "");
        do
        {
            var answer = await GetAsync($"{collection}?limit={PageSize}&{query}{(token.Length > 0 ? "&continue=" + Uri.EscapeDataString(token) : "")}", cancellation);
            if (answer.Error is { } error)
                return new KubeList([], "", error);
            all.AddRange(answer.Found.Items("items"));
            token = answer.Found.Text("metadata", "continue") ?? "";
            version = answer.Found.Text("metadata", "resourceVersion") ?? "";
        }
        while (token.Length > 0);
        return new KubeList(all, version, null);
    }

    public Task<KubeAnswer> CreateAsync(string path, JsonObject body, CancellationToken cancellation) => CallAsync(HttpMethod.Post, path, body, cancellation);

    /// <param name="options">A DeleteOptions object: grace, preconditions.</param>
    public Task<KubeAnswer> DeleteAsync(string path, JsonObject options, CancellationToken cancellation) => CallAsync(HttpMethod.Delete, path, options, cancellation);

    public void Dispose() => _http.Dispose();

    /// <summary>Opens an answer that goes on: a watch. Its headers come within the limit of a call; who reads it bounds the rest.</summary>
    internal async Task<(HttpResponseMessage? Answer, KubeError? Error)> OpenAsync(string path, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_limits.Call, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            var answer = await SendAsync(HttpMethod.Get, path, null, both.Token);
            if (answer.IsSuccessStatusCode)
                return (answer, null);
            using (answer)
                return (null, await ReadErrorAsync(answer, both.Token));
        }
        catch (Exception fault) when (IsOfTheWay(fault, cancellation))
        {
            return (null, Unreached(fault));
        }
    }

    internal async Task<AuthenticationHeaderValue?> CredentialAsync(bool again, CancellationToken cancellation) =>
        await _access.TokenAsync(again, cancellation) is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;

    private async Task<KubeAnswer> CallAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(_limits.Call, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        KubeError? last = null;
        try
        {
            for (var tries = 1; ; tries++)
            {
                var answer = await OnceAsync(method, path, body, both.Token);
                last = answer.Error;
                if (last is not { Status: 429 } || tries == MostTries)
                    return answer;
                await Task.Delay(last.RetryAfter ?? WaitWhenToldNone, _time, both.Token);
            }
        }
        catch (Exception fault) when (IsOfTheWay(fault, cancellation))
        {
            return new KubeAnswer(null, last ?? Unreached(fault));
        }
    }

    private async Task<KubeAnswer> OnceAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        using var answer = await SendAsync(method, path, body, cancellation);
        if (!answer.IsSuccessStatusCode)
            return new KubeAnswer(null, await ReadErrorAsync(answer, cancellation));
        var text = await ReadAsync(answer, cancellation);
        return JsonNode.Parse(text) is JsonObject read
            ? new KubeAnswer(read, null)
            : new KubeAnswer(null, KubeError.Unreached($"{method} {path} was answered with something that is no object."));
    }

    /// <summary>Sends it; once more with a fresh token when the server does not know the one it got.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, JsonObject? body, CancellationToken cancellation)
    {
        for (var again = false; ; again = true)
        {
            using var request = new HttpRequestMessage(method, new Uri(_access.Server, path));
            request.Headers.Host = HostHeader;
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("bascule", null));
            request.Headers.Authorization = await CredentialAsync(again, cancellation);
            if (body is not null)
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            var answer = await _http.SendAsync(request, cancellation);
            if (answer.StatusCode != HttpStatusCode.Unauthorized || again || request.Headers.Authorization is null)
                return answer;
            answer.Dispose();
        }
    }

    private async Task<KubeError> ReadErrorAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var after = answer.Headers.RetryAfter;
        var wait = after?.Delta ?? (after?.Date is { } date ? date - _time.GetUtcNow() : null);
        return KubeError.Of((int)answer.StatusCode, Encoding.UTF8.GetString(await ReadAsync(answer, cancellation)), wait > TimeSpan.Zero ? wait : null);
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        using var read = new MemoryStream();
        var buffer = new byte[64 << 10];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            if (read.Length + count > _limits.AnswerBytes)
                throw new IOException($"the answer is longer than {_limits.AnswerBytes} bytes");
            read.Write(buffer, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>Faults of the network, of the credentials' files, and our own limit; the caller's cancellation is not among them.</summary>
    private static bool IsOfTheWay(Exception fault, CancellationToken cancellation) =>
        fault is HttpRequestException or IOException or AuthenticationException or JsonException or UnauthorizedAccessException
        || (fault is OperationCanceledException && !cancellation.IsCancellationRequested);

    private KubeError Unreached(Exception fault) => KubeError.Unreached(fault switch
    {
        OperationCanceledException => $"{_access.Server} did not answer within {_limits.Call.TotalSeconds:0.#} s.",
        HttpRequestException { InnerException: AuthenticationException tls } => $"{_access.Server} {Untrusted}: {_access.Authorities?.Fault ?? tls.Message}",
        HttpRequestException { InnerException: { } inner } => $"{_access.Server} cannot be reached: {inner.Message}",
        _ => $"{_access.Server} cannot be asked: {fault.Message}",
    });
}
