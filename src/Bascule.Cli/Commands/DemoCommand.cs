using System.CommandLine;
using Bascule.Admission;
using Microsoft.Extensions.Logging;

namespace Bascule.Cli;

/// <summary><c>bascule demo</c>: all of it on this machine.</summary>
public static class DemoCommand
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(12);

    public static Command Create(Surroundings surroundings)
    {
        var port = new Option<int>("--port") { Description = "Port for clients.", DefaultValueFactory = _ => 8666 };
        var adminPort = new Option<int>("--admin-port") { Description = "Port for operators.", DefaultValueFactory = _ => 8667 };
        var data = new Option<string>("--data") { Description = "Folder for the configuration and tokens of the demo.", DefaultValueFactory = _ => Path.Combine("data", "demo") };
        var command = new ExampleCommand(
            "demo",
            "Run the gateway with an echo, a clock and sessions (a shell, commands) behind it, on loopback only, and say what to try.",
            "bascule demo",
            "bascule demo --port 9000 --admin-port 9001")
        { port, adminPort, data };
        command.SetAction(async (parse, interruption) =>
        {
            var folder = Path.GetFullPath(parse.GetValue(data)!, surroundings.WorkingDirectory);
            SocketThreads.RunInline();
            await using var backend = await DemoBackend.StartAsync(TimeProvider.System, interruption);
            var secret = DemoFiles.Write(folder, parse.GetValue(port), parse.GetValue(adminPort), backend.Url);
            var result = DemoFiles.Load(folder, surroundings);
            if (!result.IsGood)
                return FaultReport.Write(surroundings.Output, result.Faults);
            using var logs = ServingLog.Make(json: false, LogLevel.Information);
            return await new ServingRun(surroundings, result.Loaded.Settings, source: null, logs, "--port 9000 --admin-port 9001").RunAsync(
                (host, admin) =>
                {
                    DemoFiles.Keep(folder);
                    surroundings.Output.Line(new DemoGreeting(host, Token(secret), folder).Text(admin));
                },
                interruption);
        });
        return command;
    }

    private static string Token(string secret)
    {
        using var key = SigningKey.FromSecret(secret);
        return TokenIssuer.Issue(
            new TokenRequest { Subject = "demo-user", Issuer = DemoFiles.Issuer, Audience = DemoFiles.Audience, Lifetime = TokenLife }, key, TimeProvider.System);
    }
}
