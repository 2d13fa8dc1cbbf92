using System.Net.Http.Headers;

namespace Bascule.Cli;

/// <summary>Asks one running gateway: its admin listener with the token of an operator, or its public one.</summary>
internal sealed class AdminClient(Uri root, string? token) : IDisposable
{
    /// <summary>A gateway answers in milliseconds; what takes longer is not there.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new() { Timeout = Patience };

    public void Dispose() => _http.Dispose();

    /// <param name="query">Parameters; those without a value are left out.</param>
    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal async Task<AdminAnswer> AskAsync(HttpMethod method, string path, IEnumerable<(string Name, string? Value)> query, CancellationToken interruption) =>
        (await SendAsync(method, path + QueryText(query), "application/json", interruption)).Good();

    /// <exception cref="AdminFault">It cannot be asked, or says no.</exception>
    internal Task<AdminAnswer> GetAsync(string path, CancellationToken interruption) => AskAsync(HttpMethod.Get, path, [], interruption);

    /// <summary>Whatever the answer is.</summary>
    /// <exception cref="AdminFault">There is none.</exception>
    internal async Task<AdminAnswer> SendAsync(HttpMethod method, string pathAndQuery, string accept, CancellationToken interruption)
    {
        var address = new Uri(root, pathAndQuery);
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Accept.ParseAdd(accept);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var answer = await _http.SendAsync(request, interruption);
            return new AdminAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(interruption), address)
            {
                IsPartial = answer.Headers.TryGetValues("X-Bascule-Whole", out var whole) && whole.Contains("false", StringComparer.Ordinal),
            };
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !interruption.IsCancellationRequested))
        {
            throw new AdminFault(ExitCodes.Unreachable, $"{root.Authority} cannot be asked: {e.Message} Is the gateway running there? --admin http://HOST:PORT asks another one.");
        }
    }

    /// <summary>A name as one segment of a path.</summary>
    internal static string Segment(string name) => Uri.EscapeDataString(name);

    private static string QueryText(IEnumerable<(string Name, string? Value)> query)
    {
        var text = string.Join('&', query.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
        return text.Length == 0 ? "" : "?" + text;
    }
}
