using Bascule.Model;

namespace Bascule.Admission;

/// <summary>Whether a token was signed with one of our keys, and with an algorithm that is both allowed and of that key's kind.</summary>
internal sealed class SignatureCheck
{
    private readonly IReadOnlyList<TokenKey> _local;
    private readonly RemoteKeys? _remote;
    private readonly string[] _algorithms;

    /// <param name="allowed">Algorithms of the configuration; all when empty.</param>
    internal SignatureCheck(IReadOnlyList<TokenKey> local, RemoteKeys? remote, IReadOnlyList<string> allowed)
    {
        _local = local;
        _remote = remote;
        _algorithms = TokenAlgorithms.All
            .Where(a => allowed.Count == 0 || allowed.Contains(a, StringComparer.Ordinal))
            .Where(a => local.Any(k => k.Fits(a)) || (remote is not null && TokenAlgorithms.Asymmetric.Contains(a)))
            .ToArray();
    }

    private enum Trial
    {
        NoKey,
        WrongKind,
        BadSignature,
        Good,
    }

    /// <returns>Null when the signature is good.</returns>
    internal async ValueTask<Ending?> CheckAsync(SignedToken token, CancellationToken cancellation)
    {
        var algorithm = token.Header.Algorithm;
        if (_local.Count == 0 && _remote is null)
            return new Ending(EndReasons.KeysUnavailable, "No usable key is configured in auth.jwt.keys, and auth.jwt.jwksUrl is not set.");
        if (!_algorithms.Contains(algorithm))
            return new Ending(EndReasons.TokenAlgorithmRefused, $"alg is {Evidence.Quote(algorithm)}; {Accepted}.");
        if (token.Signature.Length == 0)
            return new Ending(EndReasons.TokenMalformed, "Its signature is empty.");

        var local = Try(_local, token);
        if (local is Trial.Good)
            return null;
        if (_remote is null || !TokenAlgorithms.Asymmetric.Contains(algorithm))
            return Refuse(local, token, _local, null);

        var fetched = await _remote.ForAsync(token.Header.KeyId, cancellation);
        var remote = Try(fetched.Keys, token);
        if (remote is Trial.Good)
            return null;
        if (fetched.Keys.Count == 0)
            return new Ending(EndReasons.KeysUnavailable, $"auth.jwt.jwksUrl gave no usable key: {fetched.Failure ?? "its set holds none"}.");
        return Refuse(local > remote ? local : remote, token, [.. _local, .. fetched.Keys], fetched.Failure);
    }

    private string Accepted => _algorithms.Length == 0
        ? "auth.jwt.algorithms and the configured keys have nothing in common, so none is accepted"
        : "accepted here: " + string.Join(' ', _algorithms);

    // A key without an id is tried with every token; a token without an id is tried with every key.
    private static Trial Try(IReadOnlyList<TokenKey> keys, SignedToken token)
    {
        var result = Trial.NoKey;
        foreach (var key in keys)
        {
            if (key.Id is not null && token.Header.KeyId is not null && key.Id != token.Header.KeyId)
                continue;
            if (!key.Fits(token.Header.Algorithm))
            {
                if (result is Trial.NoKey && key.Id is not null && key.Id == token.Header.KeyId)
                    result = Trial.WrongKind;
                continue;
            }

            if (key.Verify(token.Header.Algorithm, token.SigningInput, token.Signature))
                return Trial.Good;
            result = Trial.BadSignature;
        }

        return result;
    }

    private static Ending Refuse(Trial trial, SignedToken token, IReadOnlyList<TokenKey> keys, string? failure)
    {
        var kid = token.Header.KeyId is { } id ? "kid is " + Evidence.Quote(id) : "the token has no kid";
        var ids = keys.Where(k => k.Id is not null).Select(k => k.Id!).ToArray();
        var alg = "alg is " + token.Header.Algorithm;
        var known = ids.Length == 0 ? "no key here has an id" : "keys here: " + Evidence.Quote(ids);
        var fetch = failure is null ? "" : $"; the last fetch of auth.jwt.jwksUrl failed: {failure}";
        return trial switch
        {
            Trial.BadSignature => new Ending(EndReasons.TokenBadSignature, $"{alg}, {kid}; {known}{fetch}."),
            Trial.WrongKind => new Ending(EndReasons.TokenAlgorithmRefused, $"{alg}, {kid}; that key is of another kind or bound to another algorithm."),
            _ when token.Header.KeyId is null => new Ending(EndReasons.TokenAlgorithmRefused, $"{alg}, and no key here is for it{fetch}."),
            _ => new Ending(EndReasons.TokenUnknownKey, $"{alg}, {kid}; {known}{fetch}."),
        };
    }
}
