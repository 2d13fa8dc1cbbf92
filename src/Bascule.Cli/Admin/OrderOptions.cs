using System.CommandLine;
using System.Globalization;
using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>What every order to empty something takes, and how it is carried out and followed.</summary>
internal sealed class OrderOptions(Surroundings surroundings)
{
    internal const string Shape = "{ what, dryRun, matching, drain: { id, what, reason, by, why, startedAt, perSecond, state: moving | waitingForRoom | leaving | done | cancelled, told, remaining, estimateSeconds } }";

    private readonly Option<int?> _perSecond = new("--per-second") { Description = "How many clients are told in a second. Without it: drain.perSecond of the gateway.", HelpName = "N" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say only how many are meant." };
    private readonly Option<string?> _why = Why();
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Give the order and return; `bascule drain list` shows how far it is." };
    private readonly JsonOption _json = new(Shape);

    internal static Option<string?> Why() => new("--why") { Description = "The reason, for the audit log.", HelpName = "TEXT" };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[_perSecond, _dryRun, _why, _noWait, _json])
            command.Options.Add(option);
    }

    internal bool IsDryRun(ParseResult parse) => parse.GetValue(_dryRun);

    /// <summary>Gives the order, and stays with it until it is done.</summary>
    /// <param name="meant">Which connections, as parameters of the query.</param>
    /// <returns>0 when it is done, or ordered; 1 when somebody cancelled it.</returns>
    internal async Task<int> OrderAsync(AdminClient client, ParseResult parse, string path, IEnumerable<(string Name, string? Value)> meant, CancellationToken interruption)
    {
        (string, string?)[] how =
        [
            ("perSecond", parse.GetValue(_perSecond)?.ToString(CultureInfo.InvariantCulture)), ("dryRun", IsDryRun(parse) ? "true" : null), ("why", parse.GetValue(_why)),
        ];
        var answer = await client.AskAsync(HttpMethod.Post, path, [.. meant, .. how], interruption);
        var order = answer.Read<OrderDocument>();
        var asJson = parse.GetValue(_json);
        if (!asJson)
            Say(order);
        if (order.Warning is { } warning)
            surroundings.Output.ErrorLine(warning);
        if (order.Drain is not { } drain || parse.GetValue(_noWait))
        {
            if (asJson)
                surroundings.Output.Json(answer.Document);
            return ExitCodes.Good;
        }

        drain = await new DrainWatch(client, surroundings.Output, quiet: asJson).FollowAsync(drain, interruption);
        if (asJson)
            surroundings.Output.Json(order with { Drain = drain });
        return drain.State == DrainState.Done ? ExitCodes.Good : ExitCodes.FoundFault;
    }

    private void Say(OrderDocument order)
    {
        var count = order.Matching == 1 ? "1 connection" : $"{order.Matching} connections";
        surroundings.Output.Line(order switch
        {
            { DryRun: true } => $"would tell {count}: {order.What}",
            { Drain: null } => $"no open connection fits: {order.What}",
            { Drain: { } drain } => $"order {drain.Id}: {order.What}: {count}, {drain.PerSecond} a second",
        });
    }
}
