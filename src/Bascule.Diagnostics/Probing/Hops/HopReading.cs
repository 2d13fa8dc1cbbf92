namespace Bascule.Diagnostics;

/// <summary>Recognizes who stands on the way, and who gave an answer.</summary>
internal static class HopReading
{
    // One sign in an answer stands for several entries of the catalogue: a balancer does not say which of its kinds it is.
    private static readonly Dictionary<string, string[]> Kinds = new(StringComparer.Ordinal)
    {
        ["gcp-external-alb"] = ["gcp-classic-alb", "gcp-global-external-alb", "gcp-regional-alb", "gcp-serverless-neg", "gcp-proxy-nlb", "gke-ingress"],
        ["gcp-cloud-run"] = ["gcp-serverless-neg"],
        ["aws-alb"] = ["aws-clb"],
        ["aws-api-gateway"] = ["aws-api-gateway-websocket"],
        ["envoy"] = ["envoy-gateway"],
        ["istio"] = ["envoy"],
        ["nginx"] = ["ingress-nginx"],
    };

    /// <summary>Whether a fact about this platform may be about the hop.</summary>
    internal static bool MayBe(this HopSeen hop, string platform) => hop.Platform == platform || Kinds.GetValueOrDefault(hop.Platform, []).Contains(platform);

    /// <summary>All who show themselves in any of the answers, in the order of <see cref="HopSigns"/>, each once.</summary>
    internal static IReadOnlyList<HopSeen> Of(string host, IEnumerable<HttpAnswer> answers)
    {
        List<HopSeen> seen = [];
        var all = answers.ToList();
        foreach (var sign in HopSigns.All)
        {
            if (seen.All(s => s.Name != sign.Name) && all.Select(a => sign.In(host, a)).FirstOrDefault(s => s is not null) is { } by)
                seen.Add(new HopSeen(sign.Name, sign.Kind, by, sign.Platform));
        }

        return seen;
    }

    /// <summary>Who most likely wrote this answer: of those whose name stands in it, the one nearest to the application.</summary>
    internal static HopSeen? AuthorOf(string host, HttpAnswer answer)
    {
        var all = Of(host, [answer]);
        return all.LastOrDefault(h => !h.Sign.StartsWith("host ", StringComparison.Ordinal)) ?? (all.Count == 0 ? null : all[^1]);
    }
}
