using System.CommandLine;
using System.Text.Json;

namespace Bascule.Cli;

/// <summary><c>bascule session show</c>.</summary>
internal static class SessionShow
{
    internal static Argument<string> Id() => new("id") { Description = "The session: 32 hexadecimal digits." };

    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var id = Id();
        var json = new JsonOption($"{SessionCreate.Shape}; of the admin listener without url and page, and with {{ host?, viewers?, runner? }}");
        var gateway = new SessionOptions(surroundings, forOperators: true);
        var command = new ExampleCommand("show", "One session: what runs, where, since when, and how it ended.", "bascule session show 5d41402abc4b2a76b9719d911017c592") { id, json };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(
            parse,
            async asked =>
            {
                var answer = await asked.Client.GetAsync(PathOf(parse.GetRequiredValue(id)), interruption);
                if (parse.GetValue(json))
                    surroundings.Output.Json(answer.Document);
                else
                    Write(surroundings.Output, answer.Document, "");
                return ExitCodes.Good;
            },
            interruption));
        return command;
    }

    /// <param name="id">In capitals, too, as some programs write hexadecimal.</param>
    internal static string PathOf(string id, string what = "") => $"/api/sessions/{AdminClient.Segment(id.ToLowerInvariant())}{what}";

    /// <summary>What is not known is left out.</summary>
    private static void Write(Output output, JsonElement document, string prefix)
    {
        foreach (var property in document.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null && p.Value.ToString().Length > 0))
        {
            if (property.Value.ValueKind == JsonValueKind.Object)
                Write(output, property.Value, property.Name + ".");
            else
                output.Line($"{prefix + property.Name,-16} {CellText.Clean(property.Value.ToString())}");
        }
    }
}
