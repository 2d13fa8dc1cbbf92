namespace Bascule.Hub;

public enum ClientMessageKind
{
    Subscribe,
    Unsubscribe,
    Publish,
    Token,
    Ping,
    Presence,
}

/// <summary>A topic or pattern, and where to begin in it.</summary>
/// <param name="From">Null: with the next message.</param>
public readonly record struct TopicStart(string Name, Cursor? From = null);

/// <summary>One message of a client of <c>bascule.v1</c>, checked.</summary>
/// <param name="Id">As JSON, quoted where it is a string, so that the answer can repeat it; null: none.</param>
public sealed record ClientMessage(ClientMessageKind Kind, string? Id)
{
    /// <summary>Of <c>subscribe</c>: one or more.</summary>
    public IReadOnlyList<TopicStart> Topics { get; init; } = [];

    /// <summary>Of <c>unsubscribe</c>, <c>publish</c> and <c>presence</c>.</summary>
    public string Topic { get; init; } = "";

    /// <summary>Of <c>publish</c>.</summary>
    public string? Key { get; init; }

    /// <summary>Of <c>publish</c>: the JSON as it was written, or the bytes of <c>data64</c>. A copy.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Of <c>token</c>.</summary>
    public string Token { get; init; } = "";

    /// <summary>Reads one; says what is wrong when it cannot.</summary>
    /// <param name="text">UTF-8, checked.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out ClientMessage? message, out ClientFault? fault)
    {
        var fields = new ClientFields();
        fault = fields.Read(text);
        message = fault is null ? fields.Build(out fault) : null;
        return message is not null;
    }
}
