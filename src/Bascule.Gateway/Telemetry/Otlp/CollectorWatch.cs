using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Sees each export to the collector pass, and logs when it begins or ceases to work.</summary>
internal sealed class CollectorWatch(string signal, ILogger log, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int Unknown = 0;
    private const int Works = 1;
    private const int Fails = 2;

    private int _state = Unknown;

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Seen(request, base.Send(request, cancellationToken));
        }
        catch (Exception e)
        {
            Failed(request, e.Message);
            throw;
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Seen(request, await base.SendAsync(request, cancellationToken));
        }
        catch (Exception e)
        {
            Failed(request, e.Message);
            throw;
        }
    }

    private HttpResponseMessage Seen(HttpRequestMessage request, HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
            Failed(request, string.Create(CultureInfo.InvariantCulture, $"it answered {(int)answer.StatusCode}"));
        else if (Interlocked.Exchange(ref _state, Works) != Works)
            log.CollectorFound(Shown(request), signal);
        return answer;
    }

    private void Failed(HttpRequestMessage request, string cause)
    {
        if (Interlocked.Exchange(ref _state, Fails) != Fails)
            log.CollectorLost(Shown(request), signal, cause);
    }

    /// <summary>Without user, password and query.</summary>
    private static Uri Shown(HttpRequestMessage request) => new(request.RequestUri!.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));
}
