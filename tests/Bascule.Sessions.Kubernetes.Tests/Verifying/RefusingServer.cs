using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bascule.Sessions.Kubernetes.Tests;

/// <summary>Answers everything as an API server does to somebody who may do nothing at all.</summary>
internal sealed class RefusingServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    internal const string Usual = "no";

    private RefusingServer(WebApplication server) => _server = server;

    internal Uri Address => new(_server.Urls.Single() + "/");

    /// <param name="message">Why, as text within JSON, by what came as Authorization.</param>
    internal static async Task<RefusingServer> StartAsync(Func<string, string>? message = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","message":"MESSAGE","code":403}""".Replace("MESSAGE", message?.Invoke(context.Request.Headers.Authorization.ToString()) ?? Usual, StringComparison.Ordinal), context.RequestAborted);
        });
        await server.StartAsync();
        return new RefusingServer(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
