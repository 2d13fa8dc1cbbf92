using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Bascule.Gateway.Tests;

/// <summary>The log for collectors.</summary>
public sealed class JsonLineTests
{
    [Fact]
    public void Each_line_says_its_time_in_utc()
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddJsonLineConsole()).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value;
        var formatter = services.GetServices<ConsoleFormatter>().Single(f => f.Name == options.FormatterName);
        using var text = new StringWriter();
        var before = TimeProvider.System.GetUtcNow();

        formatter.Write(new LogEntry<string>(LogLevel.Warning, "Bascule", new EventId(1, "Seen"), "state", null, (s, _) => s), null, text);

        using var line = JsonDocument.Parse(text.ToString());
        var told = line.RootElement.GetProperty("Timestamp").GetString()!;
        Assert.EndsWith("Z", told, StringComparison.Ordinal);
        Assert.InRange(DateTimeOffset.Parse(told, CultureInfo.InvariantCulture), before.AddSeconds(-1), before.AddMinutes(1));
        Assert.Equal(ConsoleLoggerQueueFullMode.DropWrite, options.QueueFullMode);
    }
}
