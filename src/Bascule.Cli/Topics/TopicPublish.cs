using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Bascule.Settings;

namespace Bascule.Cli;

/// <summary><c>bascule topic publish</c>: one message, or each line of the standard input.</summary>
internal sealed class TopicPublish(Surroundings surroundings)
{
    // Of one batch: a gateway takes ten times as many, and 16 MB.
    private const int MostLines = 1000;
    private const int MostCharacters = 1024 * 1024;

    private readonly Argument<string> _topic = new("TOPIC") { Description = "Where to publish." };
    private readonly Argument<string> _message = new("MESSAGE") { Description = "The message; without it, or with `-`, the standard input, without the end of its last line.", DefaultValueFactory = _ => "-" };
    private readonly Option<bool> _lines = new("--lines") { Description = "Each line of the standard input is a message; empty lines are none." };
    private readonly Option<string?> _key = new("--key") { Description = "The key of the message: messages of one key keep their order, and `keepLatest` keeps one of each.", HelpName = "KEY" };
    private readonly Option<string?> _idempotency = new("--idempotency-key")
    {
        Description = "Published again with the same key within five minutes, the message is not published twice. With --lines, the number of the line is added.",
        HelpName = "KEY",
    };

    private readonly JsonOption _json = new("{ topic, cursor, deduplicated }; with --lines { published: [those] } for each batch");
    private readonly PublicOptions _gateway = new(surroundings, needsToken: false);

    internal ExampleCommand Create()
    {
        var command = new ExampleCommand(
            "publish",
            "Publish a message, where a route of the gateway and the token allow it.",
            "bascule topic publish news 'hello, all'",
            "bascule topic publish prices.btc '{\"bid\":91250.5}' --key btc --token \"$TOKEN\" --url https://gateway.example",
            "tail -F app.log | bascule topic publish logs --lines")
        {
            _topic, _message, _lines, _key, _idempotency, _json,
        };
        _gateway.AddTo(command);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken interruption)
    {
        var (topic, message, isLines) = (parse.GetRequiredValue(_topic), parse.GetRequiredValue(_message), parse.GetValue(_lines));
        if (TopicText.Fault(topic) is { } fault)
            return Refuse($"TOPIC {fault}. A topic has letters, digits and . _ : / @ + ~ - only, 200 at most");
        if (isLines && message != "-")
            return Refuse("--lines reads messages from the standard input; leave MESSAGE out");
        if (message == "-" && _gateway.TakesInput(parse))
            return Refuse("the standard input cannot be both the token and the message");
        return await _gateway.AskAsync(
            parse, client => isLines ? PublishLinesAsync(parse, client, topic, interruption) : PublishOneAsync(parse, client, topic, message, interruption), interruption);
    }

    private async Task<int> PublishOneAsync(ParseResult parse, AdminClient client, string topic, string message, CancellationToken interruption)
    {
        var text = message == "-" ? WithoutLineEnd(await surroundings.Input.ReadToEndAsync(interruption)) : message;
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        var answer = await client.PostAsync(
            $"/api/topics/{AdminClient.Segment(topic)}", body, [("Idempotency-Key", parse.GetValue(_idempotency)), ("X-Bascule-Key", parse.GetValue(_key))], interruption);
        if (parse.GetValue(_json))
            surroundings.Output.Json(answer.Document);
        else if (answer.Read<Published>() is var published)
            surroundings.Output.Line($"{(published.Deduplicated ? "published before" : "published")} to {topic}{(published.Cursor is { } cursor ? $" at {cursor}" : "")}");
        return ExitCodes.Good;
    }

    /// <summary>Whatever lines are there go out together, so that one that comes alone does not wait for others.</summary>
    private async Task<int> PublishLinesAsync(ParseResult parse, AdminClient client, string topic, CancellationToken interruption)
    {
        var (lines, done) = (ReadLines(interruption), 0L);
        while (await lines.WaitToReadAsync(interruption))
        {
            var (batch, characters) = (new List<Message>(), 0);
            while (batch.Count < MostLines && characters < MostCharacters && lines.TryRead(out var line))
            {
                var id = parse.GetValue(_idempotency) is { } key ? string.Create(CultureInfo.InvariantCulture, $"{key}:{line.Number}") : null;
                batch.Add(new Message(topic, parse.GetValue(_key), line.Text, id));
                characters += line.Text.Length;
            }

            await PublishAsync(parse, client, batch, done, interruption);
            done += batch.Count;
        }

        if (!parse.GetValue(_json))
            surroundings.Output.Line($"published {Readable.Number(done)} {(done == 1 ? "message" : "messages")} to {topic}");
        return ExitCodes.Good;
    }

    private async Task PublishAsync(ParseResult parse, AdminClient client, List<Message> batch, long done, CancellationToken interruption)
    {
        using var body = JsonContent.Create(new { messages = batch }, options: Layout);
        try
        {
            var answer = await client.PostAsync("/api/topics:publish", body, [], interruption);
            if (parse.GetValue(_json))
                surroundings.Output.Json(answer.Document);
        }
        catch (AdminFault e)
        {
            throw new AdminFault(e.ExitCode, $"{e.Message.TrimEnd('.')}. Before this batch of {Readable.Count(batch.Count, "line")}, {Readable.Number(done)} were published.");
        }
    }

    /// <summary>The lines that are not empty, read beside: a console blocks its reader, whatever it is asked.</summary>
    private ChannelReader<(long Number, string Text)> ReadLines(CancellationToken interruption)
    {
        var lines = Channel.CreateBounded<(long Number, string Text)>(MostLines);

        // Nobody awaits it: after an interruption it may hang in its read until the process ends. All else it tells through the channel.
        _ = Task.Run(
            async () =>
            {
                try
                {
                    for (var number = 1L; await surroundings.Input.ReadLineAsync(interruption) is { } text; number++)
                    {
                        if (text.Length > 0)
                            await lines.Writer.WriteAsync((number, text), interruption);
                    }

                    lines.Writer.Complete();
                }
                catch (Exception e)
                {
                    lines.Writer.Complete(e);
                }
            },
            CancellationToken.None);
        return lines.Reader;
    }

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>As text tools end what they write.</summary>
    private static string WithoutLineEnd(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    private int Refuse(string fault)
    {
        surroundings.Output.ErrorLine($"bascule topic publish: {fault}.");
        return ExitCodes.Usage;
    }

    /// <summary>A text in <c>data</c> is published without its quotes, so each line goes out as it is.</summary>
    private sealed record Message(string Topic, string? Key, string Data, string? Id);

    private sealed record Published(string? Cursor, bool Deduplicated);
}
