using Bascule.Model;
using Bascule.Protocol;

namespace Bascule.Relay;

/// <summary>How the body of an answer is delimited (RFC 9112 §6.3).</summary>
internal enum AnswerFraming
{
    None,
    Length,
    Chunked,
    UntilClose,
}

/// <summary>What the head of an answer means for its body and its connection.</summary>
internal sealed class AnswerHead(ResponseHead head)
{
    internal int Status => head.Status;

    internal HeaderList Headers => head.Headers;

    internal HopByHop HopByHop { get; } = new([head.Headers.Joined("Connection")]);

    /// <summary>Whether the connection may carry another request.</summary>
    internal bool KeepsAlive => head.Kind == HttpKind.Http11 && !HopByHop.Lists("close");

    /// <summary>The framing, and the bytes of the body when it has a length.</summary>
    /// <exception cref="ForwardEndedException">The end of the answer cannot be told for sure.</exception>
    internal (AnswerFraming Framing, long Length) FramingFor(string method)
    {
        var coding = Headers.Joined("Transfer-Encoding");
        var lengthText = Headers.Joined("Content-Length");
        if (coding is not null && (lengthText is not null || head.Kind != HttpKind.Http11))
            throw Garbage("Transfer-Encoding came with Content-Length, or with HTTP/1.0.");
        if (coding is not null && !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw Garbage("Transfer-Encoding is not `chunked` alone.");
        long length = 0;
        if (lengthText is not null && !long.TryParse(lengthText, System.Globalization.NumberStyles.None, null, out length))
            throw Garbage("Content-Length is not one number.");
        if (Status == 205 && (coding is not null || length > 0))
            throw Garbage("Status 205 came with a body, which it must not have.");

        if (method == "HEAD" || Status is 204 or 205 or 304)
            return (AnswerFraming.None, 0);
        if (coding is not null)
            return (AnswerFraming.Chunked, 0);
        return lengthText is not null ? (AnswerFraming.Length, length) : (AnswerFraming.UntilClose, 0);
    }

    private static ForwardEndedException Garbage(string detail) => new(EndReasons.BackendGarbage, detail);
}
