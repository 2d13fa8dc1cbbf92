using System.Net;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>What a gateway asks of the hosts of sessions over HTTP: whether they are there, whether they still keep a session, its recording.</summary>
public sealed class HostQuestions : IDisposable
{
    /// <summary>A host is near, or it is not there.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;
    private readonly SessionKeys _keys;
    private readonly TimeProvider _time;

    public HostQuestions(SessionKeys keys, TimeProvider time)
    {
        (_keys, _time) = (keys, time);
        // No proxy of the environment stands between machines of ours.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Patience }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Whether the host still has the output of a session that is over: who comes back for the rest of it gets it.</summary>
    internal async Task<bool> KeepsAsync(SessionRecord record, CancellationToken cancellation)
    {
        if (record.Place?.Url is null)
            return false;
        using var answer = await AskAsync(record, "", HttpCompletionOption.ResponseContentRead, cancellation);
        return answer?.StatusCode == HttpStatusCode.OK;
    }

    /// <summary>Null when the host has none, or cannot be reached.</summary>
    internal async Task<HttpResponseMessage?> RecordingAsync(SessionRecord record, CancellationToken cancellation)
    {
        if (record.Place?.Url is null || await AskAsync(record, "/recording", HttpCompletionOption.ResponseHeadersRead, cancellation) is not { } answer)
            return null;
        if (answer.StatusCode == HttpStatusCode.OK)
            return answer;
        answer.Dispose();
        return null;
    }

    /// <summary>Null when the host answers.</summary>
    internal async Task<string?> FaultOfAsync(Uri host, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var answer = await _http.GetAsync(new Uri(host, "/health"), either.Token);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"it did not answer within {Patience.TotalSeconds:0} s";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>With terms that are good for this one question. Null when nobody answers in time.</summary>
    private async Task<HttpResponseMessage?> AskAsync(SessionRecord record, string what, HttpCompletionOption until, CancellationToken cancellation)
    {
        var id = record.Id.ToString();
        var path = $"/v1/terminals/{id}{what}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(record.Place!.Url!, path));
        using (var seal = new TerminalSeal(_keys.OfSession(id), _time))
            request.Headers.Add(TerminalTerms.Field, seal.Seal(new TerminalTerms(id, null, TerminalTerms.Read, "", null, null), path));
        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await _http.SendAsync(request, until, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (HttpRequestException)
        {
            // Gone: that is the answer.
            return null;
        }
    }
}
