namespace Bascule.Model;

/// <summary>The side that caused an ending.</summary>
public enum EndedBy
{
    Client,
    Backend,
    Gateway,
}

/// <summary>What a client should do after an ending; the SDKs obey it.</summary>
public enum Retry
{
    /// <summary>The same attempt would end the same way.</summary>
    Never,

    /// <summary>At once, with a small random delay.</summary>
    Now,

    /// <summary>With exponential back-off and jitter.</summary>
    Backoff,

    /// <summary>Not before <see cref="EndReason.RetryAfterSeconds"/>, then with jitter.</summary>
    After,
}

/// <summary>Why an attempt failed or a connection ended: one row of the catalogue in <see cref="EndReasons"/>.</summary>
/// <param name="Label">Stable snake_case name: log field, metric label, page in the docs, SDK enum.</param>
/// <param name="Code">Close code that we send: RFC 6455 §7.4 or 4400 to 4699. 0: the code of the side that closed first passes unchanged.</param>
/// <param name="Status">HTTP status of the refusal: 400 to 599. 0: this can only end a connection that is open.</param>
/// <param name="By">The side that caused it.</param>
/// <param name="Retry">What the client should do next.</param>
/// <param name="Text">What happened, one sentence for a person.</param>
/// <param name="Advice">What to do about it, one or two sentences for a person.</param>
/// <param name="RetryAfterSeconds">With <see cref="Retry.After"/>: seconds to stay away, 1 to 300; else 0.</param>
public sealed record EndReason(string Label, int Code, int Status, EndedBy By, Retry Retry, string Text, string Advice, int RetryAfterSeconds = 0)
{
    /// <summary>125 bytes of a control frame less 2 for the code (RFC 6455 §5.5).</summary>
    public const int MaxCloseTextBytes = 123;

    /// <summary>Its place in the docs, relative to the root of the repository.</summary>
    public string Docs => $"docs/end-reasons.md#{Label}";

    /// <summary>The retry class as clients read it: <c>never</c>, <c>now</c>, <c>backoff</c> or <c>after:5s</c>.</summary>
    public string RetryText => Retry switch
    {
        Retry.Never => "never",
        Retry.Now => "now",
        Retry.Backoff => "backoff",
        _ => $"after:{RetryAfterSeconds}s",
    };

    /// <summary>The reason text of a close frame: <c>label; retry=…; attempt=…</c>, at most 123 bytes (RFC 6455 §5.5).</summary>
    /// <param name="facts">ASCII, after the label: <c>limit=100/s; seen=140/s</c>. Left out where the text would be too long with it.</param>
    public string CloseText(AttemptId attempt, string? facts = null)
    {
        var rest = $"; retry={RetryText}; attempt={attempt}";
        return facts is not null && Label.Length + 2 + facts.Length + rest.Length <= MaxCloseTextBytes ? $"{Label}; {facts}{rest}" : Label + rest;
    }

    public override string ToString() => Label;
}
