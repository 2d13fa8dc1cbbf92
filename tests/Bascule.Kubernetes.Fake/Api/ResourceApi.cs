using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Bascule.Kubernetes.Fake;

/// <summary>The verbs on stored objects, as the API server does them.</summary>
internal sealed class ResourceApi(ObjectStore store, Callers callers)
{
    internal async Task<(int Status, JsonObject Answer)> RunAsync(ApiRequest request, Caller caller, HttpRequest http)
    {
        switch (request.Verb)
        {
            case "list":
                return (200, List(request, http.Query));
            case "get":
                return (200, Get(request));
            case "create" when request.Kind.IsReview:
                return (201, Reviews.Answer(callers, caller, request.Kind, await BodyAsync(http)));
            case "create":
                return (201, Create(request, await BodyAsync(http), http.Query));
            case "update":
                return (200, Update(request, await BodyAsync(http)));
            case "patch":
                return await PatchAsync(request, http);
            case "delete":
                return (200, Delete(request, request.Name!, await OptionsAsync(http)));
            default:
                return (200, DeleteCollection(request, http.Query, await OptionsAsync(http)));
        }
    }

    private JsonObject Get(ApiRequest request) => store.Find(request.Kind, request.Space, request.Name!) ?? throw ApiException.NotFound(request.Kind, request.Name!);

    private JsonObject List(ApiRequest request, IQueryCollection query)
    {
        var selectors = new Selectors(query["labelSelector"], query["fieldSelector"]);
        var (objects, version) = store.List(request.Kind, request.Namespace);
        var matching = objects.Where(selectors.Match).ToList();
        var (page, token, left) = Pages.Cut(matching, query, version, store);
        var metadata = new JsonObject { ["resourceVersion"] = $"{version}" };
        if (token is not null)
        {
            metadata["continue"] = token;
            metadata["remainingItemCount"] = left;
        }

        return new JsonObject
        {
            ["kind"] = request.Kind.Kind + "List",
            ["apiVersion"] = request.Kind.GroupVersion,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. page.Select(one => one.DeepClone())]),
        };
    }

    private JsonObject Create(ApiRequest request, JsonObject given, IQueryCollection query)
    {
        Admission.CheckNew(store, request, given, query["fieldValidation"] == "Strict");
        if (query["dryRun"] == "All")
            return given;
        var made = store.Create(request.Kind, request.Space, Admission.Completed(request.Kind, given));
        Garbage.CollectWhenOrphan(store, request.Kind, request.Space, made);
        return made;
    }

    private JsonObject Update(ApiRequest request, JsonObject given)
    {
        var wanted = given.Text("metadata", "resourceVersion");
        return store.Update(request.Kind, request.Space, request.Name!, before =>
        {
            if (wanted is not null && wanted != before.Text("metadata", "resourceVersion"))
                throw ApiException.Conflict(request.Kind, request.Name!, "the object has been modified; please apply your changes to the latest version and try again");
            return Changed(request, before, given);
        });
    }

    private async Task<(int Status, JsonObject Answer)> PatchAsync(ApiRequest request, HttpRequest http)
    {
        using var reader = new StreamReader(http.Body);
        var body = await reader.ReadToEndAsync();
        var type = http.ContentType?.Split(';')[0];
        if (type == "application/apply-patch+yaml" && store.Find(request.Kind, request.Space, request.Name!) is null)
            return (201, Create(request, Parse(body), http.Query));
        return (200, store.Update(request.Kind, request.Space, request.Name!, before => Changed(request, before, Patches.Apply(type, before.Copy(), body))));
    }

    /// <summary>A status changes through its subresource only, and nothing else does there.</summary>
    private static JsonObject Changed(ApiRequest request, JsonObject before, JsonObject after)
    {
        if (request.Subresource == "status")
        {
            var merged = before.Copy();
            merged["status"] = after["status"]?.DeepClone();
            return merged;
        }

        Admission.CheckChange(request, before, after);
        if (before["status"] is { } status)
            after["status"] = status.DeepClone();
        return after;
    }

    private JsonObject Delete(ApiRequest request, string name, JsonObject options)
    {
        var found = store.Find(request.Kind, request.Space, name) ?? throw ApiException.NotFound(request.Kind, name);
        var uid = found.Text("metadata", "uid");
        if (options.Text("preconditions", "uid") is { } wanted && wanted != uid)
            throw ApiException.Conflict(request.Kind, name, $"Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        var grace = options.Number("gracePeriodSeconds") ?? found.Number("spec", "terminationGracePeriodSeconds") ?? 30;
        if (request.Kind == ResourceKind.Pods && grace > 0 && found.Text("spec", "nodeName") is not null && !IsOver(found))
            return store.Update(request.Kind, request.Space, name, pod => Going(pod, grace));
        var last = store.Remove(request.Kind, request.Space, name, uid) ?? throw ApiException.NotFound(request.Kind, name);
        Garbage.Collect(store, request.Kind, last);
        return request.Kind == ResourceKind.Pods ? last : new JsonObject
        {
            ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success",
            ["details"] = new JsonObject { ["name"] = name, ["group"] = request.Kind.Group, ["kind"] = request.Kind.Plural, ["uid"] = uid },
        };
    }

    private JsonObject DeleteCollection(ApiRequest request, IQueryCollection query, JsonObject options)
    {
        var list = List(request, query);
        foreach (var item in list.Items("items"))
            Delete(request, item.Text("metadata", "name")!, options);
        return list;
    }

    /// <summary>The node has to end the pod first; it then removes it.</summary>
    private JsonObject Going(JsonObject pod, int grace)
    {
        if (pod.Text("metadata", "deletionTimestamp") is null)
        {
            pod["metadata"]!["deletionTimestamp"] = store.Now();
            pod["metadata"]!["deletionGracePeriodSeconds"] = grace;
        }

        return pod;
    }

    private static bool IsOver(JsonObject pod) => pod.Text("status", "phase") is "Succeeded" or "Failed";

    private static async Task<JsonObject> BodyAsync(HttpRequest http)
    {
        if (http.ContentType == ProtobufBody.MediaType)
        {
            using var body = new MemoryStream();
            await http.Body.CopyToAsync(body);
            return ProtobufBody.Read(body.ToArray());
        }

        if (http.ContentType is { } type && !type.StartsWith("application/json", StringComparison.Ordinal))
            throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: application/json, not {type}");
        using var reader = new StreamReader(http.Body);
        return Parse(await reader.ReadToEndAsync());
    }

    private static async Task<JsonObject> OptionsAsync(HttpRequest http)
    {
        using var reader = new StreamReader(http.Body);
        var body = await reader.ReadToEndAsync();
        var options = body.Length == 0 ? [] : Parse(body);
        if (int.TryParse(http.Query["gracePeriodSeconds"], out var grace))
            options["gracePeriodSeconds"] = grace;
        return options;
    }

    private static JsonObject Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject ?? throw ApiException.BadRequest("the body is no object");
        }
        catch (JsonException fault)
        {
            throw ApiException.BadRequest($"the object provided is unrecognized: {fault.Message}");
        }
    }
}
