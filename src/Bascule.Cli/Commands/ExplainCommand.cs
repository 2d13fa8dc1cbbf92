using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule explain ID</c>: why an attempt failed or a connection ended.</summary>
public static class ExplainCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create(Surroundings surroundings)
    {
        var id = new Argument<string>("id") { Description = "Attempt id: 32 hexadecimal digits or a UUID. It is in the close reason, in X-Bascule-Attempt, and in the log." };
        var url = new Option<string?>("--url") { Description = "A gateway to ask as a client would (no token; addresses of nodes stay hidden). Without it: the admin listener of the configuration." };
        var json = new Option<bool>("--json") { Description = "Print the JSON document of GET /_bascule/explain/{attempt}." };
        var config = new ConfigOptions(surroundings);
        var command = new ExampleCommand(
            "explain",
            "Why an attempt failed or a connection ended: what happened, why, what to do.",
            "bascule explain 4bf92f3577b34da6a3ce929d0e0e4736",
            "bascule explain 4bf92f3577b34da6a3ce929d0e0e4736 --url https://gateway.example --json")
        { id, url, json };
        config.AddTo(command);
        command.SetAction(async (parse, interruption) =>
        {
            if (!AttemptId.TryParse(parse.GetValue(id), out var attempt))
            {
                surroundings.Output.ErrorLine($"\"{parse.GetValue(id)}\" is no attempt id: 32 hexadecimal digits or a UUID.");
                return ExitCodes.Usage;
            }

            if (parse.GetValue(url) is { } gateway)
            {
                if (!Uri.TryCreate(gateway, UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
                {
                    surroundings.Output.ErrorLine($"--url is \"{gateway}\", which is no URL of a gateway. Write http://HOST:PORT or https://HOST.");
                    return ExitCodes.Usage;
                }

                return await AskAsync(surroundings, new Uri(root, $"/_bascule/explain/{attempt}"), null, parse.GetValue(json), interruption);
            }

            var result = config.Load(parse);
            return result.IsGood
                ? await AskAdminAsync(surroundings, result.Loaded.Settings, attempt, parse.GetValue(json), interruption)
                : FaultReport.Write(surroundings.Output, result.Faults);
        });
        return command;
    }

    private static Task<int> AskAdminAsync(Surroundings surroundings, BasculeSettings settings, AttemptId attempt, bool json, CancellationToken interruption)
    {
        if (settings.Listen.Admin == "off" || AdminToken.Find(settings) is not { } token)
        {
            surroundings.Output.ErrorLine($"There is no admin token in {AdminToken.PathIn(settings.Data)}, or the admin listener is off. Run this where the gateway runs, with its --config; or ask as a client: --url http://HOST:PORT");
            return Task.FromResult(ExitCodes.Unreachable);
        }

        return AskAsync(surroundings, new Uri(new Uri(settings.Listen.Admin), $"/api/attempts/{attempt}"), token, json, interruption);
    }

    private static async Task<int> AskAsync(Surroundings surroundings, Uri address, string? token, bool json, CancellationToken interruption)
    {
        using var client = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd(json ? "application/json" : "text/plain");
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var answer = await client.SendAsync(request, interruption);
            var text = (await answer.Content.ReadAsStringAsync(interruption)).TrimEnd();
            if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound && answer.Content.Headers.ContentType?.MediaType == (json ? "application/json" : "text/plain"))
            {
                surroundings.Output.Line(text);
                return answer.IsSuccessStatusCode ? ExitCodes.Good : ExitCodes.FoundFault;
            }

            surroundings.Output.ErrorLine($"{address} answered {(int)answer.StatusCode}: {text}");
            return ExitCodes.Unreachable;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !interruption.IsCancellationRequested))
        {
            surroundings.Output.ErrorLine($"{address.Authority} cannot be asked: {e.Message} Is the gateway running there? --url asks another one.");
            return ExitCodes.Unreachable;
        }
    }
}
