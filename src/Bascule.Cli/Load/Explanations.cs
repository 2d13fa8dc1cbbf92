using Bascule.Load;

namespace Bascule.Cli;

/// <summary>Asks the gateway itself why its attempts failed: the first of each class.</summary>
internal static class Explanations
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    internal static async Task<LoadResult> AddAsync(LoadResult result, CancellationToken interruption)
    {
        if (result.Targets.All(t => t.Failures.All(f => f.Attempt is null)))
            return result;
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        if (result.Plan.Insecure)
#pragma warning disable CA5359 // The user asked for it: --insecure.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        using var client = new HttpClient(handler) { Timeout = Limit };
        var targets = new List<TargetResult>();
        foreach (var (target, planned) in result.Targets.Zip(result.Plan.Targets))
            targets.Add(target with { Failures = await Task.WhenAll(target.Failures.Select(f => AddAsync(client, planned, f, interruption))) });
        return result with { Targets = targets };
    }

    // With several URLs nobody knows which gateway it was: the first that knows the attempt answers.
    private static async Task<FailureTally> AddAsync(HttpClient client, LoadTarget target, FailureTally failure, CancellationToken interruption)
    {
        if (failure.Attempt is null)
            return failure;
        foreach (var url in target.Urls.DistinctBy(u => u.Authority))
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"{(url.Scheme == "wss" ? "https" : "http")}://{url.Authority}/_bascule/explain/{failure.Attempt}");
                request.Headers.Accept.ParseAdd("text/plain");
                using var answer = await client.SendAsync(request, interruption);
                if (answer.IsSuccessStatusCode && answer.Content.Headers.ContentType?.MediaType == "text/plain")
                    return failure with { Explanation = (await answer.Content.ReadAsStringAsync(interruption)).Trim() };
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // It may be gone by now; then the report has the attempt's id, and says no more.
            }
        }

        return failure;
    }
}
