using Bascule.Model;
using Microsoft.Extensions.Logging;

namespace Bascule.Gateway;

/// <summary>What the closing stage logs beside the lines of the attempt: ids 4050 to 4059.</summary>
internal static partial class ClosingLog
{
    [LoggerMessage(EventId = 4050, EventName = "RefusalUnheard", Level = LogLevel.Debug, Message = "{Attempt} left before it heard its refusal: {Cause}")]
    internal static partial void RefusalUnheard(this ILogger logger, AttemptId attempt, string cause);
}
