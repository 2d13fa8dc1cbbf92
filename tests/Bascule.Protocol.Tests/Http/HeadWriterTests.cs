using System.Buffers;
using System.Text;
using Bascule.Model;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Protocol.Tests;

/// <summary>What is written is read back unchanged; what could inject a line is not written at all.</summary>
public sealed class HeadWriterTests
{
    [Fact]
    public void A_request_is_written_as_RFC_9112_says()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(HeadWriter.TryWriteRequest(output, "GET", "/chat?a=b", Headers(("Host", "example.org"), ("X-Empty", ""))));
        Assert.Equal("GET /chat?a=b HTTP/1.1\r\nHost: example.org\r\nX-Empty: \r\n\r\n", Encoding.Latin1.GetString(output.WrittenSpan));
    }

    [Fact]
    public void An_answer_is_written_as_RFC_9112_says()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(HeadWriter.TryWriteResponse(output, 101, "Switching Protocols", Headers(("Upgrade", "websocket"))));
        Assert.Equal("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", Encoding.Latin1.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("evil\r\nX-Injected: 1")]
    [InlineData("evil\nX-Injected: 1")]
    [InlineData("evil\rX-Injected: 1")]
    [InlineData("evil\0")]
    [InlineData("evil\u007F")]
    [InlineData("\u4E2D")]
    [InlineData("\u010D\u010A")]
    public void A_value_that_could_begin_another_line_is_refused_with_nothing_written(string value)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(HeadWriter.TryWriteRequest(output, "GET", "/", Headers(("Host", "a"), ("X-User", value))));
        Assert.False(HeadWriter.TryWriteResponse(output, 200, "OK", Headers(("Server", "a"), ("Location", value))));
        Assert.False(HeadWriter.TryWriteResponse(output, 200, value, Headers()));
        Assert.False(HeadWriter.TryWriteRequest(output, "GET", "/" + value, Headers()));
        Assert.False(HeadWriter.TryWriteRequest(output, value, "/", Headers()));
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A B")]
    [InlineData("A:")]
    [InlineData("A\r\nB")]
    public void A_name_or_method_that_is_no_token_is_refused(string name)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.False(HeadWriter.TryWriteRequest(output, "GET", "/", Headers((name, "value"))));
        Assert.False(HeadWriter.TryWriteRequest(output, name, "/", Headers()));
        Assert.Equal(0, output.WrittenCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a b")]
    [InlineData("/\u00E9")]
    public void A_target_with_a_space_or_raw_letters_is_refused(string target) =>
        Assert.False(HeadWriter.TryWriteRequest(new ArrayBufferWriter<byte>(), "GET", target, Headers()));

    [Theory]
    [InlineData(99)]
    [InlineData(1000)]
    [InlineData(-1)]
    public void A_status_without_three_digits_is_refused(int status) =>
        Assert.False(HeadWriter.TryWriteResponse(new ArrayBufferWriter<byte>(), status, "", Headers()));

    [Fact]
    public void Whatever_is_written_is_read_back_and_nothing_else()
    {
        var text = Gen.Choose(0, 300).Select(c => (char)c).ListOf().Select(c => new string([.. c]));
        var cases = from values in text.ListOf().Resize(8) from phrase in text select (values, phrase);
        Prop.ForAll(cases.ToArbitrary(), c => IsReadBack(c.values, c.phrase)).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static void IsReadBack(IEnumerable<string> values, string phrase)
    {
        var headers = Headers([.. values.Select((v, i) => ($"X-{i}", v))]);
        var output = new ArrayBufferWriter<byte>();
        if (!HeadWriter.TryWriteResponse(output, 200, phrase, headers))
        {
            Assert.Equal(0, output.WrittenCount);
            Assert.Contains(values.Append(phrase), v => v.Any(c => c is (< ' ' and not '\t') or '\u007F' or > '\u00FF'));
            return;
        }

        Assert.Equal(HeadRead.Complete, ResponseHeadParser.TryParse(output.WrittenSpan, int.MaxValue, out var head, out var consumed));
        Assert.Equal(output.WrittenCount, consumed);
        Assert.Equal(phrase, head!.ReasonPhrase);
        Assert.Equal(values.Select(v => v.Trim(' ', '\t')), head.Headers.Select(h => h.Value));
    }

    private static HeaderList Headers(params (string Name, string Value)[] fields)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in fields)
            headers.Add(name, value);
        return headers;
    }
}
