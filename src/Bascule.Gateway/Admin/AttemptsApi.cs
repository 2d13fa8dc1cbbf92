using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>What came of attempts: the latest ones, and the explanation of one.</summary>
internal sealed class AttemptsApi(AttemptJournal journal)
{
    internal IEnumerable<AdminRoute> Routes() =>
    [
        new("GET", "/api/attempts", AdminRole.Read, "Attempts and connections that ended, the latest first.", ListAsync)
        {
            Query = [("refused", "`true`: only those that were refused."), ("limit", "How many at most; 100 when missing.")],
            Answer = typeof(AttemptsDocument),
        },
        new("GET", "/api/attempts/{attempt}", AdminRole.Read, "Why an attempt failed, or how its connection stands or ended. As words with `Accept: text/plain`.", ExplainAsync) { Answer = typeof(ExplainDocument) },
    ];

    private Task ListAsync(AdminCall call)
    {
        var latest = journal.Latest(call.Number("limit", 1, 1000) ?? 100, call.Flag("refused"));
        return call.AnswerAsync(new AttemptsDocument([.. latest.Select(Document)]), ReadableJson.Admin.AttemptsDocument);
    }

    private Task ExplainAsync(AdminCall call) => AttemptId.TryParse(call["attempt"], out var id)
        ? PublicEndpoints.WriteExplanationAsync(call.Context, journal, id, full: true)
        : throw new AdminRefusal(400, "Bad id", "An attempt id has 32 hexadecimal digits, or is a UUID.");

    private static AttemptDocument Document(Attempt attempt)
    {
        var end = attempt.End!;
        return new AttemptDocument(
            attempt.Id.ToString(), end.At, attempt.Connected ? "ended" : "refused", end.Ending.Reason.Label, end.Ending.Detail, attempt.Route, attempt.Subject,
            attempt.ClientAddress, attempt.Node, Words.Of(attempt.DecidedIn), Math.Round(end.After.TotalSeconds, 3));
    }
}
