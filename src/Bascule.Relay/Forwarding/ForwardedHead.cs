using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Relay;

/// <summary>Which of the client's fields go to the back end, and how.</summary>
internal sealed class ForwardedHead
{
    private readonly HttpRequest _request;
    private readonly ForwardTarget _target;
    private readonly RequestFraming _framing;
    private readonly HopByHop _hop;
    private readonly HashSet<string> _ours;

    internal ForwardedHead(HttpRequest request, ForwardTarget target, RequestFraming framing)
    {
        _request = request;
        _target = target;
        _framing = framing;
        _hop = new HopByHop(request.Headers.Connection);
        // A client must not be able to say what only the gateway may say.
        _ours = new HashSet<string>(target.RemovedHeaders, StringComparer.OrdinalIgnoreCase);
        _ours.UnionWith(target.AddedHeaders.Select(header => header.Key));
    }

    /// <exception cref="ForwardEndedException">The client sent a control character in a value.</exception>
    internal ReadOnlyMemory<byte> Write()
    {
        var head = new HeadWriter();
        head.RequestLine(_request.Method, _target.PathAndQuery);
        if (!_ours.Contains("Host"))
            head.Field("Host", HostOfClient());
        foreach (var (name, values) in _request.Headers)
        {
            if (_hop.Contains(name) || _ours.Contains(name) || IsWrittenBelow(name))
                continue;
            foreach (var value in values)
                head.Field(name, Checked(name, value));
        }

        foreach (var (name, value) in _target.AddedHeaders)
            head.Field(name, value);
        WriteFraming(head);
        head.End();
        return head.Written;
    }

    /// <summary>The last chunk and the trailers of the client.</summary>
    internal ReadOnlyMemory<byte> WriteTrailers(IHeaderDictionary trailers)
    {
        var end = new HeadWriter();
        end.LastChunk();
        foreach (var (name, values) in trailers)
        {
            if (_hop.ContainsTrailer(name) || _ours.Contains(name))
                continue;
            foreach (var value in values)
                end.Field(name, Checked(name, value));
        }

        end.End();
        return end.Written;
    }

    private static bool IsWrittenBelow(string name) => name.ToUpperInvariant() is "HOST" or "CONTENT-LENGTH" or "EXPECT" or "TRAILER";

    private void WriteFraming(HeadWriter head)
    {
        if (TakesTrailers())
        {
            head.Field("TE", "trailers");
            head.Field("Connection", "TE");
        }

        if (_framing.Length is { } length)
            head.Field("Content-Length", length.ToString());
        else if (_framing.HasBody)
        {
            head.Field("Transfer-Encoding", "chunked");
            foreach (var announced in _request.Headers.Trailer)
                head.Field("Trailer", Checked("Trailer", announced));
        }

        if (_framing.AwaitsContinue)
            head.Field("Expect", "100-continue");
    }

    /// <summary>HTTP/1.0 knows no Host; the back end still needs one.</summary>
    private string HostOfClient() => _request.Headers.Host is [{ Length: > 0 } host] ? Checked("Host", host) : _target.Node.Authority;

    private bool TakesTrailers() => _request.Headers.TE
        .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Any(coding => coding.Equals("trailers", StringComparison.OrdinalIgnoreCase));

    /// <summary>Kestrel refuses line breaks and NUL, and lets other control characters pass.</summary>
    private static string Checked(string name, string? value)
    {
        if (value is null || !HeadWriter.IsValue(value))
            throw new ForwardEndedException(EndReasons.BadRequest, $"The value of {name} holds a control character, or one that is not Latin-1.");
        return value;
    }
}
