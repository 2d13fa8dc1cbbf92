using System.CommandLine;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary><c>bascule cluster</c>: the gateways that share a storage.</summary>
public static class ClusterCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var json = new JsonOption("{ state: alone | connected | lost, text, since, instance, unposted, instances: [{ name, since, connections }] }");
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand("cluster", "How a gateway stands to the others, and who they are. Exit code 1 when the storage is lost.", "bascule cluster", "bascule cluster --json") { json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            var answer = await client.GetAsync("/api/cluster", interruption);
            var cluster = answer.Read<ClusterDocument>();
            if (parse.GetValue(json))
                surroundings.Output.Json(answer.Document);
            else
                Write(surroundings.Output, cluster);
            return cluster.State == "lost" ? ExitCodes.FoundFault : ExitCodes.Good;
        }));
        return command;
    }

    private static void Write(Output output, ClusterDocument cluster)
    {
        output.Line($"{cluster.State} since {cluster.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, as {cluster.Instance}: {cluster.Text}");
        if (cluster.Unposted > 0)
            output.Line($"{Readable.Count(cluster.Unposted, "order")} not heard by the others yet");
        output.Rows(
            ["instance", "since", "connections"],
            [.. cluster.Instances.Select(i => (string[])[i.Name, $"{i.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}", Readable.Number(i.Connections)])]);
    }
}
