namespace Bascule.Diagnostics;

/// <summary>Something that is deployed by itself, and so carries WebSockets or does not: a Compose service, a workload, a Terraform service, a Dockerfile.</summary>
/// <param name="Key">What links name it by: <c>compose/chat</c>, <c>google_cloud_run_v2_service.chat</c>.</param>
/// <param name="Label">For a person.</param>
internal sealed record DeployUnit(string Key, string Label, Place First, int LastLine)
{
    /// <summary>Names by which routes and folders may speak of it.</summary>
    internal IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The folder of its sources, where the file says it.</summary>
    internal string? Folder { get; init; }

    internal IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Why it carries WebSockets, as far as its own lines say; null where they do not.</summary>
    internal string? OwnSign { get; init; }

    /// <summary>Whether its own lines say that it carries none: a target group beside the one that the WebSocket path leads to.</summary>
    internal bool IsPlain { get; init; }

    /// <summary>Keys of the units that it stands before, or that stand behind it.</summary>
    internal IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Whether it is only a way to others, and so is what they are.</summary>
    internal bool IsRoute { get; init; }

    internal int Lines => LastLine - First.Line;

    internal bool Covers(Place place) => place.File == First.File && place.Line >= First.Line && place.Line <= LastLine;

    internal static DeployUnit Of(string key, string label, ConfigNode node, Place place)
    {
        var (first, last) = (place.Line, place.Line);
        foreach (var one in node.Everything())
            (first, last) = (Math.Min(first, one.Place.Line), Math.Max(last, one.Place.Line));
        return new DeployUnit(key, label, place with { Line = first }, last);
    }
}
