using System.Diagnostics.CodeAnalysis;
using Bascule.Model;

namespace Bascule.Admission;

/// <summary>What the check of a token came to: an identity, or why there is none.</summary>
public readonly record struct TokenResult
{
    private readonly Ending _refusal;

    private TokenResult(Identity? identity, Ending refusal)
    {
        Identity = identity;
        _refusal = refusal;
    }

    [MemberNotNullWhen(true, nameof(Identity))]
    public bool Accepted => Identity is not null;

    public Identity? Identity { get; }

    /// <summary>Why the token was refused. Only when <see cref="Accepted"/> is false.</summary>
    public Ending Refusal => Accepted ? throw new InvalidOperationException("The token was accepted; there is no refusal.") : _refusal;

    internal static TokenResult Accept(Identity identity) => new(identity, default);

    public static TokenResult Refuse(Ending refusal) => new(null, refusal);

    public static TokenResult Refuse(EndReason reason, string? detail = null) => new(null, new Ending(reason, detail));
}
