using System.CommandLine;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule top</c>: the live monitor of a gateway.</summary>
public static class TopCommand
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static Command Create(Surroundings surroundings)
    {
        var every = new Option<string>("--every") { Description = "Time between two looks, 200ms to 1h.", DefaultValueFactory = _ => "1s", HelpName = "TIME" };
        var once = new Option<bool>("--once") { Description = "Print everything once, and end." };
        var json = new JsonOption($"with --once: {TopReport.Shape}");
        var write = new Option<bool>("--write") { Description = "Let the keys k and d close connections and drain nodes. Without it, nothing can be changed." };
        var health = new Option<string?>("--health") { Description = "Watch a server of which only the health document is known; no token is needed.", HelpName = "URL" };
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(
            "top",
            "The live monitor of a gateway: pools, connections, attempts, ends, routes, events, shards. Without a terminal: a line of figures after each look. "
                + "q and Ctrl-C leave with 0; 69 when the gateway never answered, 130 when plain lines were interrupted.",
            "bascule top", "bascule top --admin http://10.0.0.1:8667 --every 2s", "bascule top --write", "bascule top --once --json", "bascule top --health http://127.0.0.1:3005/health")
        { every, once, json, write, health };
        admin.AddTo(command);
        command.SetAction((parse, interruption) =>
        {
            if (!DurationText.TryParse(parse.GetRequiredValue(every), out var interval) || interval < Shortest || interval > Longest)
                return Refuse($"--every is {parse.GetValue(every)}; write 200ms to 1h, such as 2s.");
            if (parse.GetValue(json) && !parse.GetValue(once))
                return Refuse("--json describes one moment: bascule top --once --json");
            if (parse.GetValue(write) && (parse.GetValue(once) || parse.GetValue(health) is not null))
                return Refuse("--write is for the screen of a gateway: without --once and --health.");
            if (parse.GetValue(health) is not null && admin.IsElsewhere(parse))
                return Refuse("--health and --admin name two servers. Give one of them.");
            var settings = new TopSettings(parse.GetValue(write), interval);
            var run = new TopRun(surroundings, settings, parse.GetValue(once), parse.GetValue(json), TimeProvider.System);
            return parse.GetValue(health) is { } address
                ? AdminOptions.AskPublicAsync(surroundings.Output, "--health", address, null, client => run.RunAsync(new HealthSource(client, new Uri(address), TimeProvider.System), null, interruption))
                : admin.AskAsync(parse, client =>
                {
                    var gateway = new GatewaySource(client, TimeProvider.System);
                    return run.RunAsync(gateway, gateway, interruption);
                });
        });
        return command;

        Task<int> Refuse(string text)
        {
            surroundings.Output.ErrorLine(text);
            return Task.FromResult(ExitCodes.Usage);
        }
    }
}
