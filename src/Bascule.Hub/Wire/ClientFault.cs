namespace Bascule.Hub;

/// <summary>What is wrong with a message of a client; it is told in an <c>error</c>.</summary>
/// <param name="Code">Stable label: contract/messages.md lists them.</param>
/// <param name="Text">What was seen and what was expected, for a person. Nothing of the message itself.</param>
/// <param name="Id">The id of the message as JSON, when it had a usable one.</param>
public sealed record ClientFault(string Code, string Text, string? Id = null)
{
    public const string BadJson = "bad_json";
    public const string TypeMissing = "type_missing";
    public const string UnknownType = "unknown_type";
    public const string FieldMissing = "field_missing";
    public const string FieldInvalid = "field_invalid";
    public const string TopicInvalid = "topic_invalid";
    public const string CursorInvalid = "cursor_invalid";
    public const string NotText = "not_text";
    public const string Forbidden = "forbidden";
    public const string TooManySubscriptions = "too_many_subscriptions";
    public const string AlreadySubscribed = "already_subscribed";
    public const string NotSubscribed = "not_subscribed";
    public const string HubFull = "hub_full";
    public const string PresenceOff = "presence_off";
    public const string TokenRefused = "token_refused";
    public const string PublishRefused = "publish_refused";

    /// <summary>All codes; a door may answer with more of its own.</summary>
    public static IReadOnlyList<string> Codes { get; } =
    [
        BadJson, TypeMissing, UnknownType, FieldMissing, FieldInvalid, TopicInvalid, CursorInvalid, NotText, Forbidden,
        TooManySubscriptions, AlreadySubscribed, NotSubscribed, HubFull, PresenceOff, TokenRefused, PublishRefused,
    ];
}
