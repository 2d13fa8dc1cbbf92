using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway.Tests;

/// <summary>An OpenTelemetry collector: takes what is sent, and keeps the bytes.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Collector(WebApplication app) => _app = app;

    internal string Url => _app.Urls.First();

    internal ConcurrentQueue<Export> Got { get; } = new();

    /// <summary>What it answers.</summary>
    internal HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <param name="url">With a free port, unless it comes back to where it was.</param>
    internal static async Task<Collector> StartAsync(string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var collector = new Collector(builder.Build());
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>All spans that came so far.</summary>
    internal async Task<IReadOnlyList<Node>> SpansAsync()
    {
        var spans = new List<Node>();
        foreach (var export in Got.Where(e => e.Path == "/v1/traces"))
            spans.AddRange((await Node.DecodeAsync("TraceRequest", export.Body)).All("resource_spans").SelectMany(r => r.All("scope_spans")).SelectMany(s => s.All("spans")));
        return spans;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Got.Enqueue(new Export(context.Request.Path, context.Request.ContentType ?? "", context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
        context.Response.StatusCode = (int)Status;
    }
}

/// <summary>One request to the collector.</summary>
internal sealed record Export(string Path, string ContentType, IReadOnlyDictionary<string, string> Headers, byte[] Body);
