using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace Bascule.Cli;

/// <summary>Asks one running gateway: its admin listener with the token of an operator, or its public one.</summary>
/// <param name="advice">What to look at when nobody answers: a sentence with the option that gave the address.</param>
internal sealed class AdminClient(Uri root, string? token, string advice) : IDisposable
{
    /// <summary>A gateway answers in milliseconds; what takes longer is not there.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The longest list, 1,000 connections, has less than 1 MB. Whatever sends more is no gateway, and must not fill this machine.</summary>
    private const int MostAnswerBytes = 64 * 1024 * 1024;

    /// <summary>Of what the network said, so that a server which answers garbage does not fill the screen.</summary>
    private const int MostReasonCells = 200;

    private readonly HttpClient _http = new() { Timeout = Patience, MaxResponseContentBufferSize = MostAnswerBytes };

    /// <summary>Host and port, for people.</summary>
    internal string Name => root.Authority;

    public void Dispose() => _http.Dispose();

    /// <param name="query">Parameters; those without a value are left out.</param>
    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal async Task<AdminAnswer> AskAsync(HttpMethod method, string path, IEnumerable<(string Name, string? Value)> query, CancellationToken interruption) =>
        (await SendAsync(method, path + QueryText(query), "application/json", interruption)).Good();

    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal Task<AdminAnswer> GetAsync(string path, CancellationToken interruption) => AskAsync(HttpMethod.Get, path, [], interruption);

    /// <summary>Sends a body, with header fields of its own.</summary>
    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal async Task<AdminAnswer> PostAsync(string path, HttpContent body, IEnumerable<(string Name, string? Value)> fields, CancellationToken interruption)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(root, path)) { Content = body };
        foreach (var (name, value) in fields.Where(f => f.Value is not null))
            request.Headers.TryAddWithoutValidation(name, value);
        return (await SendAsync(request, "application/json", interruption)).Good();
    }

    /// <summary>Whatever the answer is.</summary>
    /// <exception cref="AdminFault">There is none.</exception>
    internal async Task<AdminAnswer> SendAsync(HttpMethod method, string pathAndQuery, string accept, CancellationToken interruption)
    {
        using var request = new HttpRequestMessage(method, new Uri(root, pathAndQuery));
        return await SendAsync(request, accept, interruption);
    }

    private async Task<AdminAnswer> SendAsync(HttpRequestMessage request, string accept, CancellationToken interruption)
    {
        request.Headers.Accept.ParseAdd(accept);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await ToldAsync(
            async () =>
            {
                using var answer = await _http.SendAsync(request, interruption);
                return new AdminAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(interruption), request.RequestUri!)
                {
                    IsPartial = answer.Headers.TryGetValues("X-Bascule-Whole", out var whole) && whole.Contains("false", StringComparer.Ordinal),
                };
            },
            interruption,
            isOrder: request.Method != HttpMethod.Get);
    }

    /// <summary>The lines of an answer that does not end, as they come.</summary>
    /// <exception cref="AdminFault">It cannot be asked, says no, or breaks off.</exception>
    internal async IAsyncEnumerable<string> LinesAsync(string path, [EnumeratorCancellation] CancellationToken interruption)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await ToldAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, interruption), interruption);
        if (!answer.IsSuccessStatusCode)
            throw new AdminFault(ExitCodes.FoundFault, $"{root.Authority} answered {(int)answer.StatusCode} to {path}.");
        using var lines = new StreamReader(await ToldAsync(() => answer.Content.ReadAsStreamAsync(interruption), interruption));
        while (await ToldAsync(() => lines.ReadLineAsync(interruption).AsTask(), interruption) is { } line)
            yield return line;
    }

    /// <summary>The bytes of an answer of any length, as they come.</summary>
    /// <exception cref="AdminFault">It cannot be asked, says no, or breaks off.</exception>
    internal async Task CopyAsync(string path, Stream to, CancellationToken interruption)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await ToldAsync(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, interruption), interruption);
        if (!answer.IsSuccessStatusCode)
            new AdminAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(interruption), request.RequestUri!).Good();
        await using var from = await ToldAsync(() => answer.Content.ReadAsStreamAsync(interruption), interruption);
        var buffer = new byte[64 * 1024];
        while (await ToldAsync(() => from.ReadAsync(buffer, interruption).AsTask(), interruption) is > 0 and var read)
            await to.WriteAsync(buffer.AsMemory(0, read), interruption);
    }

    /// <summary>A name as one segment of a path.</summary>
    internal static string Segment(string name) => Uri.EscapeDataString(name);

    /// <summary>What the network does to a question is one sentence for the person who asked.</summary>
    /// <param name="isOrder">It changes something: then silence does not mean that it is not done.</param>
    private async Task<T> ToldAsync<T>(Func<Task<T>> ask, CancellationToken interruption, bool isOrder = false)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (isOrder && !interruption.IsCancellationRequested && IsSilence(e))
        {
            throw new AdminFault(ExitCodes.Unreachable, $"{root.Authority} {(e is TaskCanceledException ? Silence : "broke off before it answered")}. What was ordered may be done all the same.") { IsUnsure = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !interruption.IsCancellationRequested))
        {
            throw new AdminFault(ExitCodes.Unreachable, $"{root.Authority} cannot be asked: {Reason(e)}. {advice}");
        }
    }

    /// <summary>It was reached, and then nothing came, or no more.</summary>
    private static bool IsSilence(Exception e) => e is TaskCanceledException or IOException or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.Unknown };

    private static string Silence => string.Create(CultureInfo.InvariantCulture, $"did not answer within {Patience.TotalSeconds:0} s");

    private static string Reason(Exception e) => e switch
    {
        TaskCanceledException => $"it {Silence}",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "its answer is longer than any of a gateway",
        _ => CellText.Cut(CellText.Clean(e.Message.TrimEnd('.')), MostReasonCells),
    };

    private static string QueryText(IEnumerable<(string Name, string? Value)> query)
    {
        var text = string.Join('&', query.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        return text.Length == 0 ? "" : "?" + text;
    }
}
