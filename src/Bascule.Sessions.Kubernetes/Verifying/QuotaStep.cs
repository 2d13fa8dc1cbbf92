using System.Globalization;
using System.Text.Json.Nodes;
using Bascule.Diagnostics;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The quotas of the sessions: how near they are.</summary>
internal static class QuotaStep
{
    private const string Id = "quota";

    // A tenth left: of 200 pods, 20 sessions.
    private const double Near = 0.9;

    internal static async Task RunAsync(CheckSteps steps, KubeClient client, ClusterQuestion question, CancellationToken cancellation)
    {
        var quotas = await client.ListAsync($"api/v1/namespaces/{question.Sessions}/resourcequotas", "", cancellation);
        if (!steps.MaySee(Id, quotas.Error, $"the quotas of namespace {question.Sessions}"))
            return;
        var bounds = quotas.Items.SelectMany(BoundsOf).OrderByDescending(bound => bound.Share).ToList();
        if (bounds.Count == 0)
            steps.Good(Id, "none: only the nodes bound how many sessions there may be");
        else if (bounds[0].Share >= Near)
            steps.Found(Id, NearOne(question, bounds[0]));
        else
            steps.Good(Id, string.Join("; ", bounds.Select(bound => bound.Text)));
    }

    private static Verdict NearOne(ClusterQuestion question, Bound bound)
    {
        var isUp = bound.Share >= 1;
        return new Verdict(isUp ? "CLUSTER-QUOTA-USED" : "CLUSTER-QUOTA-NEAR", isUp ? Severity.Error : Severity.Warning,
            isUp ? $"The quota of {question.Sessions} is used up." : $"The quota of {question.Sessions} is nearly used up.", bound.Text,
            "Kubernetes refuses pods beyond it.", "New sessions end with runner_quota.",
            $"End sessions that nobody uses (bascule session list), or raise the quota (deploy/kubernetes/sessions.yaml): kubectl -n {question.Sessions} describe resourcequota",
            "https://kubernetes.io/docs/concepts/policy/resource-quotas/");
    }

    private static IEnumerable<Bound> BoundsOf(JsonObject quota)
    {
        foreach (var (name, value) in quota.At("status", "hard") as JsonObject ?? [])
        {
            var used = (quota.At("status", "used") as JsonObject)?[name].Text() ?? "0";
            if (AmountOf(value.Text()) is { } hard && AmountOf(used) is { } now)
                yield return new Bound($"{PodNames.NameOf(quota)}: {name} {used} of {value.Text()}", hard > 0 ? now / hard : 1);
        }
    }

    /// <summary>A quantity of Kubernetes; null when it is none.</summary>
    private static double? AmountOf(string? text)
    {
        if (text is null)
            return null;
        var digits = text.TrimEnd("munkKMGTPEi".ToCharArray());
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return null;
        var unit = text[digits.Length..];
        var power = unit.Length == 0 ? 0 : "kMGTPE".IndexOf(char.ToUpperInvariant(unit[0]) is 'K' ? 'k' : unit[0], StringComparison.Ordinal) + 1;
        return unit switch
        {
            "" => number,
            "m" => number / 1e3,
            "u" => number / 1e6,
            "n" => number / 1e9,
            _ when power == 0 => null,
            _ => number * Math.Pow(unit.EndsWith('i') ? 1024 : 1000, power),
        };
    }

    private sealed record Bound(string Text, double Share);
}
