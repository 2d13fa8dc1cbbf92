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

    public static BearerToken Of(string text, TimeProvider time) => new(null, text, time);

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
        Volatile.Write(ref _last, new Reading(text, _time.GetTimestamp()));
        return text;
    }

    private sealed record Reading(string Text, long At);
}
