using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bascule.Relay;

/// <summary>How the body of a request is delimited.</summary>
/// <param name="HasBody">False when there is none, or an empty one.</param>
/// <param name="Length">Its bytes; null when it is chunked, or when there is none at all.</param>
/// <param name="AwaitsContinue">The client asks to be told before it sends it (RFC 9110 §10.1.1).</param>
internal readonly record struct RequestFraming(bool HasBody, long? Length, bool AwaitsContinue)
{
    /// <exception cref="ForwardEndedException">The end of the request cannot be told for sure.</exception>
    internal static RequestFraming Of(HttpRequest request)
    {
        if (request.Headers.TransferEncoding.Count > 0)
            RefuseDoubtful(request);
        var hasBody = request.ContentLength is { } length
            ? length > 0
            : request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;
        var needsLength = HttpMethods.IsPost(request.Method) || HttpMethods.IsPut(request.Method) || HttpMethods.IsPatch(request.Method);
        return new RequestFraming(
            hasBody,
            request.ContentLength ?? (needsLength && !hasBody ? 0 : null),
            hasBody && request.Headers.Expect.ToString().Equals("100-continue", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What two servers could read in two ways lets a second request hide in the body of the first (RFC 9112 §6.1, §11.2).</summary>
    private static void RefuseDoubtful(HttpRequest request)
    {
        var coding = request.Headers.TransferEncoding.ToString();
        if (!coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new ForwardEndedException(EndReasons.BadRequest, "Transfer-Encoding is not `chunked` alone.");
        // Kestrel moves a Content-Length that came with Transfer-Encoding into this field and goes on.
        if (request.Headers.ContainsKey("X-Content-Length") || request.ContentLength is not null)
            throw new ForwardEndedException(EndReasons.BadRequest, "Both Content-Length and Transfer-Encoding came.");
        if (request.Protocol == HttpProtocol.Http10)
            throw new ForwardEndedException(EndReasons.BadRequest, "Transfer-Encoding came with HTTP/1.0, which does not know it.");
    }
}
