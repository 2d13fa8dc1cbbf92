using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>Takes each request: who asks, may he, what goes wrong by order, and who answers.</summary>
internal sealed class ApiEntry(ObjectStore store, Callers callers, WatchControl watches, PodPlayer player, Faults faults)
{
    private readonly ResourceApi _resources = new(store, callers);

    internal async Task RunAsync(HttpContext context, FakeOptions options)
    {
        try
        {
            await AnswerAsync(context, options);
        }
        catch (ApiException refusal) when (!context.Response.HasStarted)
        {
            if (refusal.RetryAfter is { } after)
                context.Response.Headers.RetryAfter = ((int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await WriteAsync(context, refusal.Code, refusal.ToStatus());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went.
        }
    }

    private async Task AnswerAsync(HttpContext context, FakeOptions options)
    {
        var path = context.Request.Path.Value!;
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await context.Response.WriteAsync("ok");
            return;
        }

        var caller = callers.Of(context);
        if (path == "/openapi/v2")
        {
            context.Response.ContentType = Discovery.SwaggerType;
            await context.Response.Body.WriteAsync(Discovery.Swagger);
            return;
        }

        if (Discovery.Find(path, options.ServerVersion) is { } document)
        {
            await WriteAsync(context, 200, document);
            return;
        }

        var request = ApiRequest.Read(context.Request);
        callers.Check(caller, request);
        var fault = faults.Take(request);
        if (fault?.Kind == FaultKind.Status)
            throw fault.Status!;
        if (fault?.Kind == FaultKind.Cut)
        {
            context.Abort();
            return;
        }

        await ServeAsync(context, request, caller, fault, options);
    }

    private async Task ServeAsync(HttpContext context, ApiRequest request, Caller caller, Fault? fault, FakeOptions options)
    {
        if (request.Subresource is "exec")
        {
            // Both, since 1.35: a WebSocket is a GET, and yet it makes something.
            callers.Check(caller, request, "create");
            using var exec = new ExecAnswer(store, request, context, options);
            await exec.RunAsync();
        }
        else if (request.Subresource is "log")
        {
            var pod = store.Find(request.Kind, request.Space, request.Name!) ?? throw ApiException.NotFound(request.Kind, request.Name!);
            context.Response.ContentType = "text/plain";
            await context.Response.WriteAsync(player.LogOf(pod) ?? "");
        }
        else if (request.Verb == "watch")
        {
            await new WatchAnswer(store, watches, request, context, options.Time).RunAsync();
        }
        else
        {
            var (status, answer) = await _resources.RunAsync(request, caller, context.Request);
            if (fault?.Kind == FaultKind.LostAnswer)
                context.Abort();
            else
                await WriteAsync(context, status, Shown(context, request, answer, options));
        }
    }

    private static JsonObject Shown(HttpContext context, ApiRequest request, JsonObject answer, FakeOptions options)
    {
        if (request.Verb is not ("get" or "list") || !Tables.IsWanted(context.Request))
            return answer;
        var objects = request.Verb == "list" ? answer.Items("items") : [answer];
        var table = Tables.Of(request.Kind, objects, answer.Text("metadata", "resourceVersion") ?? "", context.Request, options.Time.GetUtcNow());
        table["metadata"] = request.Verb == "list" ? answer["metadata"]!.DeepClone() : table["metadata"]!.DeepClone();
        return table;
    }

    private static Task WriteAsync(HttpContext context, int status, JsonObject answer)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString(), Encoding.UTF8);
    }
}
