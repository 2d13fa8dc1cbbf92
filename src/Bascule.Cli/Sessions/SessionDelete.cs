using System.CommandLine;
using Bascule.Gateway;
using Bascule.Sessions;

namespace Bascule.Cli;

/// <summary><c>bascule session delete</c>.</summary>
internal static class SessionDelete
{
    internal static ExampleCommand Create(Surroundings surroundings)
    {
        var ids = new Argument<string[]>("id") { Description = "The sessions.", Arity = ArgumentArity.OneOrMore };
        var gateway = new SessionOptions(surroundings, forOperators: true);
        var command = new ExampleCommand(
            "delete",
            "End sessions with all their programs.",
            "bascule session delete 5d41402abc4b2a76b9719d911017c592",
            "bascule session list --state running --json | jq -r '.sessions[].id' | xargs bascule session delete")
        { ids };
        gateway.AddTo(command);
        command.SetAction((parse, interruption) => gateway.AskAsync(parse, asked => DeleteAsync(asked.Client, parse.GetRequiredValue(ids), surroundings.Output, interruption), interruption));
        return command;
    }

    /// <exception cref="AdminFault">The gateway cannot be asked, or says no.</exception>
    internal static async Task<AdminAnswer> AskAsync(AdminClient client, string id, CancellationToken interruption)
    {
        try
        {
            return await client.AskAsync(HttpMethod.Delete, SessionShow.PathOf(id), [], interruption);
        }
        catch (AdminFault fault)
        {
            throw fault.SeenBy($"bascule session show {id}");
        }
    }

    /// <summary>One that cannot be deleted does not save the others.</summary>
    private static async Task<int> DeleteAsync(AdminClient client, string[] ids, Output output, CancellationToken interruption)
    {
        var worst = ExitCodes.Good;
        foreach (var id in ids)
        {
            try
            {
                var answer = await AskAsync(client, id, interruption);
                var end = answer.Read<SessionDocument>().End;
                output.Line(end is null || end.Label == SessionEndings.Deleted.Label ? $"deleted {id}" : $"was over  {id}  {SessionTexts.End(end)}");
            }
            catch (AdminFault fault) when (ids.Length > 1)
            {
                output.ErrorLine($"{id}: {fault.Message}");
                worst = Math.Max(worst, fault.ExitCode);
            }
        }

        return worst;
    }
}
