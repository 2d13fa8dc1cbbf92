using System.CommandLine;
using Bascule.Admission;
using Bascule.Gateway;
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
            "Run the gateway with an echo and a clock behind it, on loopback only, and say what to try.",
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
                    surroundings.Output.Line(Greeting(host, admin, Token(secret), folder));
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

    private static string Greeting(GatewayHost host, string adminToken, string token, string folder)
    {
        var http = host.PublicUrls[0];
        var ws = "ws" + http["http".Length..];
        return $"""

            Bascule runs. Ctrl-C ends it.

              page          {http}/
              WebSocket     {ws}/echo   {ws}/clock
              with a token  {ws}/ws/experience?experience=wylding-woods&token=TOKEN
              topics        {ws}/topics   (publish: POST {http}/api/topics/demo.NAME)
              SSE           {http}/events
              health        {http}/health
              admin         {host.AdminUrl}   (token: {adminToken})
              data          {folder}

            TOKEN={token}

            Try it
              a browser: open {http}/ and press a button; or in the console of that page:
                new WebSocket('{ws}/ws/experience?experience=wylding-woods&token={token}').onmessage = e => console.log(e.data)

              curl:
                curl -N {http}/events

              Python (Debian: python3-websockets):
                python3 -m websockets '{ws}/ws/experience?experience=wylding-woods&token={token}'

              topics: this in one shell, the second line in another
                bascule topic subscribe {ws}/topics 'demo.*'
                bascule topic publish demo.chat 'hello' --url {http}

            Then let one fail, and ask why
                curl -si -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' '{http}/ws/experience?experience=atlantis&token={token}'
                bascule explain ID --config {DemoFiles.ConfigIn(folder)}
              where ID is the X-Bascule-Attempt of the answer.

            """;
    }
}
