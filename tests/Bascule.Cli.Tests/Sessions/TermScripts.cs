using System.Text;

namespace Bascule.Cli.Tests;

/// <summary>The server's side of contract/terminal.md, for the scripts of a <see cref="TopicServer"/>.</summary>
internal static class TermScripts
{
    internal const string Id = "5d41402abc4b2a76b9719d911017c592";

    private const byte Output = 1;
    private const byte Attached = 17;
    private const byte Exit = 20;
    private const byte Notice = 21;
    private const byte Snapshot = 19;
    private const byte Replay = 24;

    /// <summary>What the API says of the session.</summary>
    internal static string Document { get; } = $$"""
        {"id":"{{Id}}","state":"running","name":"","profile":"p","command":["c"],"tty":false,"owner":null,"tenant":null,"url":null,"path":"/ws/session/{{Id}}/","internalUrl":null,"page":null,
         "progress":null,"createdAt":"2030-01-01T00:00:00Z","startedAt":null,"expiresAt":"2030-01-01T01:00:00Z","end":null,"host":null}
        """;

    /// <summary>What it says when the command has ended with a code.</summary>
    internal static string EndedWith(int code) => Document.Replace("\"state\":\"running\"", "\"state\":\"ended\"", StringComparison.Ordinal).Replace("\"end\":null", $"\"end\":{End(code)}", StringComparison.Ordinal);

    /// <summary>What is kept of it.</summary>
    internal static string Result(int code, string output, string errors) => $$"""
        {"id":"{{Id}}","end":{{End(code)}},"seconds":0.5,"stdout":"{{Base64(output)}}","stderr":"{{Base64(errors)}}","truncated":false}
        """;

    /// <summary>Takes the hello and says yes.</summary>
    internal static async Task AttachAsync(this TopicServer.Talk talk, string role = "write", int inputWindow = 262144)
    {
        await talk.AcceptAsync("bascule.term.v1");
        await talk.HearAsync();
        await talk.SayAsync(Attached, $$"""
            {"session":"{{Id}}","incarnation":"i","tty":false,"state":"running","first":0,"last":0,"firstErrors":0,"lastErrors":0,"columns":80,"rows":24,"role":"{{role}}","fence":1,"writer":null,"window":262144,
             "inputWindow":{{inputWindow}}}
            """);
    }

    /// <summary>The screen as it is.</summary>
    internal static async Task ReplayAsync(this TopicServer.Talk talk, string text)
    {
        await talk.SayAsync(Snapshot, """{"begin":true,"channel":1,"offset":0,"missing":0,"reason":"joined"}""");
        await talk.SayAsync(Replay, "\u0001" + text);
        await talk.SayAsync(Snapshot, """{"end":true,"channel":1}""");
    }

    /// <summary>Says that somebody else writes.</summary>
    internal static Task OccupiedAsync(this TopicServer.Talk talk, string user) =>
        talk.SayAsync(Notice, $$"""{"kind":"occupied","text":"Somebody writes.","role":"read","fence":1,"user":"{{user}}"}""");

    /// <summary>Output at the beginning.</summary>
    internal static Task WriteAsync(this TopicServer.Talk talk, string text) => talk.SayAsync(Output, "\0\0\0\0\0\0\0\0" + text);

    /// <summary>The program ends, and with it the connection.</summary>
    internal static async Task ExitAsync(this TopicServer.Talk talk, int code)
    {
        await talk.SayAsync(Exit, $$"""{"cause":"exited","code":{{code}},"signal":null,"startedAt":"2030-01-01T00:00:00Z","endedAt":"2030-01-01T00:00:01Z","seconds":1,"outputBytes":0,"truncated":false}""");
        await talk.CloseAsync(1000, "exited; retry=never");
    }

    private static string End(int code) => $$"""{"label":"exited","text":"The command ended with exit code {{code}}.","advice":"Nothing is to be done.","at":"2030-01-01T00:00:01Z","exitCode":{{code}},"signal":null}""";

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Task SayAsync(this TopicServer.Talk talk, byte channel, string text) => talk.SayAsync([channel, .. Encoding.UTF8.GetBytes(text)]);
}
