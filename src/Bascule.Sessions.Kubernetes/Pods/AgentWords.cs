using System.Globalization;

namespace Bascule.Sessions.Kubernetes;

/// <summary>The command line of the agent for one session. Values of variables are in the pod's environment, and named here: the agent lets through only what it is told.</summary>
internal static class AgentWords
{
    internal const string Recording = "--recording";

    internal static IReadOnlyList<string> Of(SessionOrder order, KubernetesOptions options)
    {
        List<string> words = [.. options.Agent, "--listen", $"http://0.0.0.0:{options.AgentPort}", "--linger", Seconds(options.Linger)];
        if (!order.Tty)
            words.Add("--no-tty");
        words.AddRange(["--size", $"{order.Columns}x{order.Rows}", "--scrollback", Number(order.ScrollbackBytes), "--output-cap", Number(order.OutputCap)]);
        words.AddRange(["--viewers", Number(order.Viewers), "--hold", Seconds(order.Hold), "--maximum-life", Seconds(order.MaximumLife)]);
        AddTime(words, "--deadline", order.Deadline);
        AddTime(words, "--idle", order.Idle);
        AddTime(words, "--detach-grace", order.DetachGrace);
        if (order.Recording != "off")
            words.AddRange([Recording, order.Recording]);
        if (order.Limits.CpuSeconds is { } cpu)
            words.AddRange(["--cpu-seconds", Number(cpu)]);
        if (order.Limits.Processes is { } processes)
            words.AddRange(["--processes", Number(processes)]);
        if (order.Limits.OpenFiles is { } files)
            words.AddRange(["--open-files", Number(files)]);
        if (order.WorkingDirectory is { } folder)
            words.AddRange(["--directory", folder]);
        foreach (var name in order.Environment.Keys)
            words.AddRange(["--pass", name]);
        return [.. words, "--", .. order.Command];
    }

    private static void AddTime(List<string> words, string option, TimeSpan? time)
    {
        if (time is { } given)
            words.AddRange([option, Seconds(given)]);
    }

    private static string Seconds(TimeSpan time) => time.Milliseconds == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
