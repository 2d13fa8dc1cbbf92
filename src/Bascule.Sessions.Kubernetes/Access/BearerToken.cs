namespace Bascule.Sessions.Kubernetes;

/// <summary>Who we are to the API server, as a token: given, or in a file whose content is replaced from time to time.</summary>
public sealed class BearerToken
{
    // As the clients of Kubernetes do: a projected token is replaced at 80 % of its life, and that is at least 10 minutes.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly string? _path;
    private readonly TimeProvider _time;
    private Reading _last;

    private BearerToken(string? path, string text, TimeProvider time)
    {
        _path = path;
        _time = time;
        _last = new Reading(text, time.GetTimestamp());
    }

    /// <summary>Somebody may renew it.</summary>
    internal bool IsFile => _path is not null;

    /// <summary>What was sent last; empty before a file was read.</summary>
    internal string Last => Volatile.Read(ref _last).Text;

    /// <exception cref="FormatException">It cannot stand in a header.</exception>
    public static BearerToken Of(string text, TimeProvider time) =>
        FaultOf(text.Trim()) is { } fault ? throw new FormatException($"The token {fault}.") : new(null, text.Trim(), time);

    public static BearerToken FromFile(string path, TimeProvider time) => new(path, "", time);

    /// <param name="again">The server refused the last one: read the file now.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal async Task<string> ReadAsync(bool again, CancellationToken cancellation)
    {
        var last = Volatile.Read(ref _last);
        if (_path is null || (!again && last.Text.Length > 0 && _time.GetElapsedTime(last.At) < Fresh))
            return last.Text;
        var text = (await File.ReadAllTextAsync(_path, cancellation)).Trim();
        if (text.Length == 0)
            throw new IOException($"The token file {_path} is empty.");
        if (FaultOf(text) is { } fault)
            throw new IOException($"The token in file {_path} {fault}.");
        Volatile.Write(ref _last, new Reading(text, _time.GetTimestamp()));
        return text;
    }

    /// <summary>RFC 6750 §2.1 allows less; what is refused here could not be sent at all.</summary>
    private static string? FaultOf(string text) =>
        text.AsSpan().ContainsAny('\r', '\n') ? "is broken into several lines; it has to be one"
        : text.AsSpan().ContainsAnyExceptInRange('!', '~') ? "holds a blank, or a character that no token has"
        : null;

    private sealed record Reading(string Text, long At);
}
