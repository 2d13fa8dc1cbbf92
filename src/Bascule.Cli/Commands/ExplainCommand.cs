using System.CommandLine;
using Bascule.Model;

namespace Bascule.Cli;

/// <summary><c>bascule explain ID</c>: why an attempt failed or a connection ended.</summary>
public static class ExplainCommand
{
    public static Command Create(Surroundings surroundings)
    {
        var id = new Argument<string>("id") { Description = "Attempt id: 32 hexadecimal digits or a UUID. It is in the close reason, in X-Bascule-Attempt, and in the log." };
        var url = new Option<string?>("--url") { Description = "A gateway to ask as a client would (no token; addresses of nodes stay hidden). Without it: the admin listener.", HelpName = "URL" };
        var json = new Option<bool>("--json") { Description = "Print the JSON document of GET /_bascule/explain/{attempt}." };
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(
            "explain",
            "Why an attempt failed or a connection ended: what happened, why, what to do.",
            "bascule explain 4bf92f3577b34da6a3ce929d0e0e4736",
            "bascule explain 4bf92f3577b34da6a3ce929d0e0e4736 --url https://gateway.example --json")
        { id, url, json };
        admin.AddTo(command);
        command.SetAction((parse, interruption) =>
        {
            if (!AttemptId.TryParse(parse.GetValue(id), out var attempt))
            {
                surroundings.Output.ErrorLine($"\"{parse.GetValue(id)}\" is no attempt id: 32 hexadecimal digits or a UUID.");
                return Task.FromResult(ExitCodes.Usage);
            }

            return parse.GetValue(url) is { } gateway
                ? AdminOptions.AskPublicAsync(surroundings.Output, "--url", gateway, null, client => ShowAsync(client, $"/_bascule/explain/{attempt}", parse.GetValue(json), surroundings.Output, interruption))
                : admin.AskAsync(parse, client => ShowAsync(client, $"/api/attempts/{attempt}", parse.GetValue(json), surroundings.Output, interruption));
        });
        return command;
    }

    /// <summary>What a client that was refused there can type, without any configuration.</summary>
    internal static string HowToAsk(string attempt, Uri webSocket) => $" Why: bascule explain {attempt} --url {(webSocket.Scheme == "wss" ? "https" : "http")}://{webSocket.Authority}";

    /// <summary>An attempt that is not known is explained, too: the answer says what that means.</summary>
    private static async Task<int> ShowAsync(AdminClient client, string path, bool json, Output output, CancellationToken interruption)
    {
        var accept = json ? "application/json" : "text/plain";
        var answer = await client.SendAsync(HttpMethod.Get, path, accept, interruption);
        if (answer.Status is not (200 or 404) || answer.MediaType != accept)
            answer = answer.Good();
        output.Line(answer.Text.TrimEnd());
        return answer.IsGood ? ExitCodes.Good : ExitCodes.FoundFault;
    }
}
