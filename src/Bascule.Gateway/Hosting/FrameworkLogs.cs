using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bascule.Gateway;

/// <summary>What the web framework logs, without its own line for each request: that one has the whole query in it, tokens too.</summary>
internal sealed class FrameworkLogs(ILoggerFactory logs) : ILoggerFactory
{
    private const string RequestLines = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public ILogger CreateLogger(string categoryName) => categoryName == RequestLines ? NullLogger.Instance : logs.CreateLogger(categoryName);

    public void AddProvider(ILoggerProvider provider) => logs.AddProvider(provider);

    /// <summary>The factory inside is the caller's.</summary>
    public void Dispose()
    {
    }
}
