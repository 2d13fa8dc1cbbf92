using Bascule.Model;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bascule.Gateway;

/// <summary>Copies the head of a request out of ASP.NET Core, as it was sent.</summary>
internal static class KestrelHead
{
    internal static RequestHead Read(HttpContext context)
    {
        var request = context.Request;
        var headers = new HeaderList(request.Headers.Count);
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values)
                headers.Add(name, value ?? "");
        }

        var (path, query) = Target(context);
        return new RequestHead
        {
            Kind = HttpProtocol.IsHttp2(request.Protocol) ? HttpKind.Http2 : HttpProtocol.IsHttp10(request.Protocol) ? HttpKind.Http10 : HttpKind.Http11,
            Method = request.Method,
            Scheme = request.Scheme,
            Host = request.Host.Value ?? "",
            Path = path,
            Query = query,
            Headers = headers,
            ConnectProtocol = context.Features.Get<IHttpExtendedConnectFeature>()?.Protocol,
        };
    }

    /// <summary>Path and query as sent: Kestrel's own are decoded, and decoding is the back end's business.</summary>
    private static (string Path, string Query) Target(HttpContext context)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (raw.StartsWith('/'))
        {
            var mark = raw.IndexOf('?');
            return mark < 0 ? (raw, "") : (raw[..mark], raw[mark..]);
        }

        return (context.Request.Path.ToUriComponent() is { Length: > 0 } path ? path : "/", context.Request.QueryString.Value ?? "");
    }
}
