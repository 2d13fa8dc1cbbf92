using System.Buffers;
using Bascule.Model;
using Bascule.Protocol;
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
    /// <exception cref="ArgumentException">The target holds text that cannot stand in a head.</exception>
    internal ReadOnlyMemory<byte> Write()
    {
        var fields = new HeaderList();
        if (!_ours.Contains("Host"))
            fields.Add("Host", HostOfClient());
        foreach (var (name, values) in _request.Headers)
        {
            if (_hop.Contains(name) || _ours.Contains(name) || IsWrittenBelow(name))
                continue;
            foreach (var value in values)
                fields.Add(name, Checked(name, value));
        }

        foreach (var (name, value) in _target.AddedHeaders)
            fields.Add(name, value);
        AddFraming(fields);

        var head = new ArrayBufferWriter<byte>(1024);
        if (_target.PathAndQuery is not ['/', ..] and not "*" || !HeadWriter.TryWriteRequest(head, _request.Method, _target.PathAndQuery, fields))
            throw new ArgumentException("Method, path or an added header holds a space, a control character, or text that is not Latin-1; or the path does not start with /.");
        return head.WrittenMemory;
    }

    /// <summary>The last chunk and the trailers of the client.</summary>
    internal ReadOnlyMemory<byte> WriteEnd(IHeaderDictionary received)
    {
        var trailers = new HeaderList(received.Count);
        foreach (var (name, values) in received)
        {
            if (_hop.ContainsTrailer(name) || _ours.Contains(name))
                continue;
            foreach (var value in values)
                trailers.Add(name, Checked(name, value));
        }

        return Chunk.End(trailers);
    }

    private static bool IsWrittenBelow(string name) => name.ToUpperInvariant() is "HOST" or "CONTENT-LENGTH" or "EXPECT" or "TRAILER";

    private void AddFraming(HeaderList fields)
    {
        if (TakesTrailers())
        {
            fields.Add("TE", "trailers");
            fields.Add("Connection", "TE");
        }

        if (_framing.Length is { } length)
            fields.Add("Content-Length", length.ToString());
        else if (_framing.HasBody)
        {
            fields.Add("Transfer-Encoding", "chunked");
            foreach (var announced in _request.Headers.Trailer)
                fields.Add("Trailer", Checked("Trailer", announced));
        }

        if (_framing.AwaitsContinue)
            fields.Add("Expect", "100-continue");
    }

    /// <summary>HTTP/1.0 knows no Host; the back end still needs one.</summary>
    private string HostOfClient() => _request.Headers.Host is [{ Length: > 0 } host] ? Checked("Host", host) : _target.Node.Authority;

    private bool TakesTrailers() => _request.Headers.TE
        .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))
        .Any(coding => coding.Equals("trailers", StringComparison.OrdinalIgnoreCase));

    /// <summary>Kestrel refuses line breaks and NUL, and lets other control characters pass.</summary>
    private static string Checked(string name, string? value)
    {
        if (value is null || !HttpSyntax.IsToken(name) || !HttpSyntax.IsValue(value))
            throw new ForwardEndedException(EndReasons.BadRequest, $"The value of {name} holds a control character, or one that is not Latin-1.");
        return value;
    }
}
