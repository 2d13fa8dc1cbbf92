using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>Writes the log lines of an attempt from what the journal knows of it: the texts are short and without secrets.</summary>
public static class AttemptLog
{
    /// <summary>One line when a connection is open.</summary>
    public static void Opened(ILogger logger, Attempt attempt)
    {
        if (logger.IsEnabled(LogLevel.Information))
            logger.ConnectionOpened(attempt.Id, attempt.Route, attempt.ClientAddress, Words.Short(attempt.Protocol), attempt.ForwardedProto, attempt.Node,
                attempt.Subject, attempt.UserAgent);
    }

    /// <summary>One line when an attempt is over: the end of its connection, or its refusal. Call it after <see cref="Attempt.Finish"/>.</summary>
    /// <exception cref="InvalidOperationException">The attempt has no end.</exception>
    public static void Over(ILogger logger, Attempt attempt)
    {
        var end = attempt.End ?? throw new InvalidOperationException($"Attempt {attempt.Id} has no end to log. Call Finish first.");
        if (attempt.Connected)
            Ended(logger, attempt, end);
        else
            Refused(logger, attempt, end);
    }

    /// <summary>One line with the exception that nobody expected.</summary>
    public static void Fault(ILogger logger, Attempt attempt, Exception fault) => logger.GatewayFault(fault, attempt.Id, Words.Of(attempt.DecidedIn), attempt.Route);

    /// <summary>The HTTP status of a refusal. Told by a close frame, the wire said 101; and who left was told nothing.</summary>
    internal static int? StatusTold(AttemptEnd end) => end.CloseCode == 0 && end.Ending.Reason != EndReasons.ClientGaveUp ? end.Ending.Reason.Status : null;

    private static void Ended(ILogger logger, Attempt attempt, AttemptEnd end)
    {
        var reason = end.Ending.Reason;
        var counts = end.Counts;
        if (logger.IsEnabled(LogLevel.Information))
            logger.ConnectionEnded(attempt.Id, reason.Label, Words.Of(reason.By), attempt.Route, end.CloseCode, Math.Round(end.After.TotalSeconds, 3),
                counts.MessagesToBackend, counts.BytesToBackend, counts.MessagesToClient, counts.BytesToClient, end.Ending.Detail);
    }

    private static void Refused(ILogger logger, Attempt attempt, AttemptEnd end)
    {
        var reason = end.Ending.Reason;
        var level = reason.By == EndedBy.Client ? LogLevel.Information : LogLevel.Warning;
        if (logger.IsEnabled(level))
            logger.AttemptRefused(level, attempt.Id, reason.Label, Words.Of(reason.By), Words.Of(attempt.DecidedIn), StatusTold(end), end.CloseCode, attempt.Route,
                attempt.ClientAddress, Math.Round(end.After.TotalMilliseconds, 1), end.Ending.Detail);
    }
}
