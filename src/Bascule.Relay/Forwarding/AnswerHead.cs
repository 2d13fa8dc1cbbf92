using Bascule.Model;

namespace Bascule.Relay;

/// <summary>How the body of an answer is delimited (RFC 9112 §6.3).</summary>
internal enum AnswerFraming
{
    None,
    Length,
    Chunked,
    UntilClose,
}

/// <summary>The head of an answer of a back end, as it came.</summary>
/// <param name="IsHttp11">False: HTTP/1.0.</param>
internal sealed record AnswerHead(bool IsHttp11, int Status, HeaderList Headers)
{
    private HopByHop? _hop;

    internal HopByHop HopByHop => _hop ??= new HopByHop([Headers.Joined("Connection")]);

    /// <summary>Whether the connection may carry another request.</summary>
    internal bool KeepsAlive => IsHttp11 && !HopByHop.Lists("close");

    /// <summary>The framing, and the bytes of the body when it has a length.</summary>
    /// <exception cref="ForwardEndedException">The end of the answer cannot be told for sure.</exception>
    internal (AnswerFraming Framing, long Length) FramingFor(string method)
    {
        var coding = Headers.Joined("Transfer-Encoding");
        var lengthText = Headers.Joined("Content-Length");
        if (coding is not null && (lengthText is not null || !IsHttp11))
            throw new ForwardEndedException(EndReasons.BackendGarbage, "Transfer-Encoding came with Content-Length, or with HTTP/1.0.");
        if (coding is not null && !coding.Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw new ForwardEndedException(EndReasons.BackendGarbage, "Transfer-Encoding is not `chunked` alone.");
        long length = 0;
        if (lengthText is not null && !(long.TryParse(lengthText, System.Globalization.NumberStyles.None, null, out length)))
            throw new ForwardEndedException(EndReasons.BackendGarbage, "Content-Length is not one number.");
        if (Status == 205 && (coding is not null || length > 0))
            throw new ForwardEndedException(EndReasons.BackendGarbage, "Status 205 came with a body, which it must not have.");

        if (method == "HEAD" || Status is 204 or 205 or 304)
            return (AnswerFraming.None, 0);
        if (coding is not null)
            return (AnswerFraming.Chunked, 0);
        return lengthText is not null ? (AnswerFraming.Length, length) : (AnswerFraming.UntilClose, 0);
    }
}
