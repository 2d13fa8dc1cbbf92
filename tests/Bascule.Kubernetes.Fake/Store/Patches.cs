using System.Text.Json.Nodes;

namespace Bascule.Kubernetes.Fake;

/// <summary>The four kinds of patches.</summary>
internal static class Patches
{
    // Lists whose items are merged by a key of theirs (patchMergeKey of the API types). All others are replaced.
    private static readonly Dictionary<string, string> MergeKeys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name", ["initContainers"] = "name", ["env"] = "name", ["volumes"] = "name", ["volumeMounts"] = "mountPath", ["imagePullSecrets"] = "name",
        ["containerStatuses"] = "name", ["conditions"] = "type", ["ownerReferences"] = "uid", ["hostAliases"] = "ip", ["secrets"] = "name",
    };

    internal static JsonObject Apply(string? mediaType, JsonObject target, string body)
    {
        var patch = JsonNode.Parse(body);
        switch (mediaType)
        {
            case "application/json-patch+json":
                return JsonPatch(target, patch as JsonArray ?? throw ApiException.BadRequest("a JSON patch is a list"));
            // Applying merges as a strategic patch does; who owns which field is not kept.
            case "application/strategic-merge-patch+json":
            case "application/apply-patch+yaml":
                return Strategic(target, (JsonObject)patch!)!;
            case "application/merge-patch+json":
                return (JsonObject)Merge(target, patch)!;
            default:
                throw new ApiException(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - {mediaType}");
        }
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var merged = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
            Set(merged, name, value is null ? null : Merge(merged[name], value));
        return merged;
    }

    private static JsonObject? Strategic(JsonNode? target, JsonObject patch)
    {
        if (patch.Text("$patch") == "delete")
            return null;
        var merged = patch.Text("$patch") == "replace" ? [] : target as JsonObject ?? [];
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith("$setElementOrder/", StringComparison.Ordinal) || name is "$patch" or "$retainKeys")
                continue;
            if (name.StartsWith("$deleteFromPrimitiveList/", StringComparison.Ordinal))
                RemoveTexts(merged, name.Split('/')[1], value.Texts());
            else if (value is JsonArray list)
                merged[name] = StrategicList(name, merged[name] as JsonArray, list);
            else
                Set(merged, name, value is JsonObject inner ? Strategic(merged[name], inner) : value?.DeepClone());
        }

        if (patch["$retainKeys"] is not null)
        {
            var kept = patch.Texts("$retainKeys").ToList();
            foreach (var gone in merged.Select(pair => pair.Key).Where(key => !kept.Contains(key)).ToList())
                merged.Remove(gone);
        }

        return merged;
    }

    private static JsonArray StrategicList(string name, JsonArray? target, JsonArray patch)
    {
        var key = name == "ports" ? patch.OfType<JsonObject>().Any(item => item["containerPort"] is not null) ? "containerPort" : "port" : MergeKeys.GetValueOrDefault(name);
        if (key is null || target is null || patch.Any(item => item is not JsonObject))
            return (JsonArray)patch.DeepClone();
        var merged = (JsonArray)target.DeepClone();
        foreach (var item in patch.OfType<JsonObject>())
        {
            if (item.Text("$patch") == "replace")
                continue;
            var index = merged.ToList().FindIndex(one => JsonNode.DeepEquals(one.At(key), item[key]));
            var result = Strategic(index < 0 ? null : merged[index]!.DeepClone(), item);
            if (index >= 0)
                merged.RemoveAt(index);
            if (result is not null)
                merged.Insert(index < 0 ? merged.Count : index, result);
        }

        return merged;
    }

    private static JsonObject JsonPatch(JsonObject target, JsonArray patch)
    {
        foreach (var step in patch.OfType<JsonObject>())
        {
            var path = (step.Text("path") ?? "").Split('/').Skip(1).Select(part => part.Replace("~1", "/").Replace("~0", "~")).ToArray();
            var parent = path[..^1].Aggregate((JsonNode?)target, (node, part) => node is JsonArray list ? list[int.Parse(part)] : node.At(part));
            if (parent is JsonArray items)
                PatchItem(items, path[^1], step);
            else if (parent is JsonObject fields && step.Text("op") != "test")
                Set(fields, path[^1], step.Text("op") == "remove" ? null : step["value"]?.DeepClone());
            else if (!JsonNode.DeepEquals(parent.At(path[^1]), step["value"]))
                throw new ApiException(422, "Invalid", $"the server rejected our request due to an error in our request: {step.Text("path")}");
        }

        return target;
    }

    private static void PatchItem(JsonArray items, string place, JsonObject step)
    {
        var index = place == "-" ? items.Count : int.Parse(place);
        if (step.Text("op") is "remove" or "replace")
            items.RemoveAt(index);
        if (step.Text("op") is "add" or "replace")
            items.Insert(index, step["value"]?.DeepClone());
    }

    private static void RemoveTexts(JsonObject merged, string name, IEnumerable<string> gone)
    {
        var texts = gone.ToList();
        if (merged[name] is JsonArray list)
            merged[name] = new JsonArray([.. list.Where(item => !texts.Contains(item.Text() ?? "")).Select(item => item?.DeepClone())]);
    }

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is null)
            target.Remove(name);
        else
            target[name] = value.Parent is null ? value : value.DeepClone();
    }
}
