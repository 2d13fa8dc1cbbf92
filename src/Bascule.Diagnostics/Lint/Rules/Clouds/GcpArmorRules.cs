namespace Bascule.Diagnostics;

/// <summary>Rules about Cloud Armor's rate limits: a handshake counts as one request, an open connection as none.</summary>
internal static class GcpArmorRules
{
    internal static readonly IReadOnlyList<LintRule> All =
    [
        new("GCP-ARMOR-RATE-KEY-ALL", Severity.Error, Breaks.Handshake, "Terraform: rate limits of Cloud Armor")
        {
            Why = "Without enforce_on_key all clients share one bucket: one busy client, or one load test, refuses everybody else's handshake.",
            Symptom = "Handshakes of everybody get 429 or 403 while somebody is busy; browsers show 1006. Open connections stay.",
            Fix = "Set enforce_on_key = \"IP\" (XFF_IP behind a CDN), and give the WebSocket path a rule of its own with headroom.",
            Facts = ["gcp-armor-key-default-all", "gcp-armor-one-request-per-socket"],
            Check = d => Limits(d).Where(l => l.Options.Text("enforce_on_key") is null or "ALL" && l.Options["enforce_on_key_configs"] is null)
                .Select(l => new LintHit(l.Options.Place, $"all clients together may make {l.Count} requests in {l.Interval} s: enforce_on_key is not set") { Edit = LineEdit.After(l.Options.Place, "enforce_on_key = \"IP\"") }),
            Fires = new LintExample(("main.tf", Policy("throttle", "", 100, "deny(429)")), Samples.Pinging),
            Silent = new LintExample(("main.tf", Policy("throttle", "enforce_on_key = \"IP\"", 600, "deny(429)")), Samples.Pinging),
        },
        new("GCP-ARMOR-RATE-LOW", Severity.Warning, Breaks.Load, "Terraform: rate limits of Cloud Armor")
        {
            Why = "After an outage all clients of an office or a mobile network, which share an address, come back at once and pass the limit.",
            Symptom = "After a deployment some handshakes are refused with 429; browsers show 1006 and, if they come back at once, never get in.",
            Fix = "Give the WebSocket path its own rule with a higher limit; throttle, do not ban; come back with jitter.",
            Facts = ["gcp-armor-one-request-per-socket", "gcp-armor-ban"],
            Check = d => Limits(d).Where(l => (l.PerMinute < 300 || l.Action == "rate_based_ban") && CoversSockets(l.Rule))
                .Select(l => new LintHit(l.Options.Place, $"{l.Action} at {l.Count} requests in {l.Interval} s covers the WebSocket path") { Severity = l.PerMinute < 300 ? null : Severity.Info }),
            Fires = new LintExample(("main.tf", Policy("rate_based_ban", "enforce_on_key = \"IP\"", 100, "deny(429)")), Samples.Pinging),
            Silent = new LintExample(("main.tf", Policy("throttle", "enforce_on_key = \"IP\"", 1200, "deny(429)")), Samples.Pinging),
        },
        new("GCP-ARMOR-EXCEED-NOT-429", Severity.Info, Breaks.Nothing, "Terraform: what Cloud Armor answers above a limit")
        {
            Why = "Who is limited cannot tell that from being refused for good, and neither can who reads the log.",
            Symptom = "Handshakes get 403 or 404, as if something else were wrong.",
            Fix = "Set exceed_action = \"deny(429)\".",
            Facts = ["gcp-armor-exceed-codes"],
            Check = d => Limits(d).Where(l => l.Options.Text("exceed_action") is { } action && action.StartsWith("deny", StringComparison.Ordinal) && action != "deny(429)")
                .Select(l => new LintHit(l.Options["exceed_action"]!.Place, $"above the limit the answer is {l.Options.Text("exceed_action")}") { Edit = LineEdit.Value(l.Options["exceed_action"], "deny(429)") }),
            Fires = new LintExample(("main.tf", Policy("throttle", "enforce_on_key = \"IP\"", 600, "deny(403)")), Samples.Pinging),
            Silent = new LintExample(("main.tf", Policy("throttle", "enforce_on_key = \"IP\"", 600, "deny(429)")), Samples.Pinging),
        },
    ];

    private static string Policy(string action, string key, int count, string exceed) =>
        $"resource \"google_compute_security_policy\" \"armor\" {{\n  rule {{\n    action = \"{action}\"\n    rate_limit_options {{\n      {key}\n      exceed_action = \"{exceed}\"\n      rate_limit_threshold {{\n        count        = {count}\n        interval_sec = 60\n      }}\n    }}\n  }}\n}}\n";

    private static IEnumerable<Limit> Limits(Deployment deployment) =>
        from policy in deployment.Terraform.Of("google_compute_security_policy", "google_compute_security_policy_rule", "google_compute_region_security_policy")
        from rule in policy.Type == "google_compute_security_policy_rule" ? [policy.Body] : policy.Body.All("rule").Concat(policy.Body.All("rules"))
        from options in rule.All("rate_limit_options")
        let threshold = options["rate_limit_threshold"]
        let count = TimeText.Number(policy.From.Resolve(threshold?.Text("count")))
        let interval = TimeText.Number(policy.From.Resolve(threshold?.Text("interval_sec")))
        where count is not null && interval > 0
        select new Limit(rule, options, rule.Text("action") ?? "throttle", count.Value, interval.Value);

    /// <summary>Whether it matches everything, or a path for sockets.</summary>
    private static bool CoversSockets(ConfigNode rule) =>
        rule["match"] is not { } match || match.Deep("src_ip_ranges").SelectMany(r => r.Texts).Contains("*") || match.Deep("expression").All(e => Intent.IsSocketPath(e.Value ?? ""));

    private sealed record Limit(ConfigNode Rule, ConfigNode Options, string Action, double Count, double Interval)
    {
        internal double PerMinute => Count * 60 / Interval;
    }
}
