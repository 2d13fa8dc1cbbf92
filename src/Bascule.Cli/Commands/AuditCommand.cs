using System.CommandLine;
using System.Globalization;

namespace Bascule.Cli;

/// <summary><c>bascule audit</c>: the newest entries of the audit log.</summary>
public static class AuditCommand
{
    public static Command Create(Surroundings surroundings)
    {
        (string Name, Option<string?> Option)[] filters =
        [
            ("kind", Named("--kind", "KIND", "connection_opened, connection_ended, connection_refused, admin_act, gateway_started, gateway_stopped, config_reloaded or audit_dropped.")),
            ("attempt", Named("--attempt", "ID", "Only this attempt id.")),
            ("route", Named("--route", "ROUTE", "Only this route.")),
            ("user", Named("--user", "USER", "Only this subject.")),
            ("who", Named("--who", "NAME", "Only acts of the operator with this admin token.")),
            ("from", Named("--from", "TIME", "Not before this time, such as 2026-01-31T12:00:00Z.")),
            ("until", Named("--until", "TIME", "Before this time.")),
        ];
        var limit = new Option<int>("--limit") { Description = "How many at most, 1 to 10000.", DefaultValueFactory = _ => 100, HelpName = "N" };
        var admin = new AdminOptions(surroundings);
        var command = new ExampleCommand(
            "audit", "Entries of the audit log, the newest first, as JSON lines.", "bascule audit --kind admin_act", "bascule audit --user alice --from 2026-01-31T12:00:00Z") { limit };
        foreach (var (_, option) in filters)
            command.Options.Add(option);
        admin.AddTo(command);
        command.SetAction((parse, interruption) => admin.AskAsync(parse, async client =>
        {
            (string, string?)[] query = [.. filters.Select(f => (f.Name, parse.GetValue(f.Option))), ("limit", parse.GetValue(limit).ToString(CultureInfo.InvariantCulture))];
            var answer = await client.AskAsync(HttpMethod.Get, "/api/audit", query, interruption);
            surroundings.Output.Text(answer.Text);
            if (answer.IsPartial)
                surroundings.Output.ErrorLine("There may be more: the search stopped at its bound. Name a narrower time with --from and --until, or search the file itself.");
            return ExitCodes.Good;
        }));
        return command;
    }

    private static Option<string?> Named(string name, string value, string meaning) => new(name) { Description = meaning, HelpName = value };
}
