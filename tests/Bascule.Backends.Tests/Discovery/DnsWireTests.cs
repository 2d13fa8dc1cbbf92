using System.Net;
using FsCheck;
using FsCheck.Fluent;

namespace Bascule.Backends.Tests;

/// <summary>What is read from the bytes of a DNS server, however they look.</summary>
public sealed class DnsWireTests
{
    private static readonly byte[] Question = DnsWire.Question(0x1234, "kb.example.com", DnsType.A)!;

    [Fact]
    public void A_question_is_written_as_RFC_1035_says() => Assert.Equal(
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, (byte)'k', (byte)'b', 7, .. "example"u8, 3, .. "com"u8, 0, 0, 1, 0, 1],
        Question);

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("b\u00fccher.de")]
    [InlineData("a b")]
    [InlineData("a-label-that-is-longer-than-sixty-three-bytes-which-no-name-in-the-dns-can-hold")]
    public void A_name_that_cannot_be_asked_for_gives_no_question(string name) => Assert.Null(DnsWire.Question(1, name, DnsType.A));

    [Fact]
    public void A_name_of_more_than_255_bytes_gives_no_question()
    {
        Assert.NotNull(DnsWire.Question(1, string.Join('.', Enumerable.Repeat("a", 127)), DnsType.A));
        Assert.Null(DnsWire.Question(1, string.Join('.', Enumerable.Repeat("a", 128)), DnsType.A));
    }

    [Fact]
    public void Addresses_aliases_and_services_are_read()
    {
        var answer = DnsWire.Answer(
            Wire.Answer(Question, Wire.Alias(Wire.Asked, "web.example.com", 30), Wire.Address(Wire.Name("WEB.example.com"), "10.0.0.7"),
                Wire.Address("2001:db8::7", 0x8000_0001), Wire.Service("node-1.example.com", 8001, 10, 60)),
            Question);

        Assert.NotNull(answer);
        Assert.Equal((0, false), (answer.Code, answer.IsTruncated));
        Assert.Equal(
            [
                new DnsRecord("kb.example.com", DnsType.Cname, TimeSpan.FromSeconds(30)) { Alias = "web.example.com" },
                new DnsRecord("WEB.example.com", DnsType.A, TimeSpan.FromSeconds(60)) { Address = IPAddress.Parse("10.0.0.7") },
                new DnsRecord("kb.example.com", DnsType.Aaaa, TimeSpan.Zero) { Address = IPAddress.Parse("2001:db8::7") },
                new DnsRecord("kb.example.com", DnsType.Srv, TimeSpan.FromSeconds(60)) { Service = new DnsService("node-1.example.com", 8001, 10, 60) },
            ],
            answer.Records);
    }

    [Fact]
    public void Records_of_other_types_are_passed_over()
    {
        var answer = DnsWire.Answer(Wire.Answer(Question, Wire.Record(Wire.Asked, (DnsType)46, 60, 1, 2, 3), Wire.Address("10.0.0.7")), Question);

        Assert.Single(answer!.Records);
    }

    [Fact]
    public void The_letters_of_the_question_may_come_back_in_another_case()
    {
        var message = Wire.Answer(Question, Wire.Address("10.0.0.7"));
        message[13] = (byte)'K';

        Assert.NotNull(DnsWire.Answer(message, Question));
    }

    [Fact]
    public void A_truncated_answer_may_end_anywhere()
    {
        var message = Wire.Answer(Question, 0x8380, Wire.Address("10.0.0.7"));

        Assert.True(DnsWire.Answer(message, Question)!.IsTruncated);
        Assert.True(DnsWire.Answer(message.AsSpan(0, message.Length - 3), Question)!.IsTruncated);
    }

    public static TheoryData<string, byte[]> Malformed()
    {
        var good = Wire.Answer(Question, Wire.Address("10.0.0.7"));
        return new()
        {
            { "nothing", [] },
            { "shorter than the question", good[..20] },
            { "another id", With(good, 0, 0x77) },
            { "another question", With(good, 14, (byte)'x') },
            { "another type asked", With(good, Question.Length - 3, 28) },
            { "a question and no answer", Wire.Answer(Question, 0x0100, Wire.Address("10.0.0.7")) },
            { "another operation", Wire.Answer(Question, 0xa180, Wire.Address("10.0.0.7")) },
            { "two questions", With(good, 5, 2) },
            { "more records than bytes", With(good, 7, 9) },
            { "cut within a record", good[..^1] },
            { "cut within the head of a record", good[..^6] },
            { "an address of three bytes", Wire.Answer(Question, Wire.Record(Wire.Asked, DnsType.A, 60, 1, 2, 3)) },
            { "a pointer to itself", Wire.Answer(Question, Wire.Address([0xc0, (byte)Question.Length], "10.0.0.7")) },
            { "a pointer forwards", Wire.Answer(Question, Wire.Address([0xc0, (byte)(Question.Length + 2)], "10.0.0.7")) },
            { "a pointer past the end", Wire.Answer(Question, Wire.Address([0xff, 0xff], "10.0.0.7")) },
            { "two pointers in a ring", Wire.Answer(Question, Wire.Alias(Wire.Asked, "a"), Wire.Address([1, (byte)'x', 0xc0, (byte)(Question.Length + 16)], "10.0.0.7")) },
            { "a label of an unknown kind", Wire.Answer(Question, Wire.Address([0x80, 1, 0], "10.0.0.7")) },
            { "a dot within a label", Wire.Answer(Question, Wire.Alias(Wire.Asked, "a\u0000b")) },
            { "an alias longer than its record", Wire.Answer(Question, Wire.Record(Wire.Asked, DnsType.Cname, 60, 1, (byte)'a', 0, 0)) },
            { "a service without a target", Wire.Answer(Question, Wire.Record(Wire.Asked, DnsType.Srv, 60, 0, 1, 0, 1, 0, 80)) },
            { "a name without end", Wire.Answer(Question, Wire.Record(Wire.Asked, DnsType.Cname, 60, 9, (byte)'a')) },
        };
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_answer_is_no_answer(string what, byte[] message) => Assert.True(DnsWire.Answer(message, Question) is null, what);

    [Fact]
    public void A_name_that_pointers_make_longer_than_255_bytes_is_malformed()
    {
        // Each alias is one label and a pointer to the alias before it: 40 of them make 40 labels of 10 bytes.
        var records = new List<byte[]>();
        var previous = 12;
        var at = Question.Length;
        for (var i = 0; i < 40; i++)
        {
            records.Add(Wire.Record(Wire.Asked, DnsType.Cname, 60, [9, .. "abcdefghi"u8, (byte)(0xc0 | (previous >> 8)), (byte)previous]));
            previous = at + 12;
            at += records[^1].Length;
        }

        Assert.NotNull(DnsWire.Answer(Wire.Answer(Question, [.. records.Take(20)]), Question));
        Assert.Null(DnsWire.Answer(Wire.Answer(Question, [.. records]), Question));
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_or_run_for_ever()
    {
        var noise = Gen.Frequency((3, Gen.Choose(0, 255)), (1, Gen.Elements(0, 1, 5, 12, 33, 0xc0, 0xc1, 0xff))).Select(value => (byte)value);
        var cases =
            from count in Gen.Choose(0, 255)
            from tail in noise.ArrayOf()
            from flags in Gen.Elements(0x8180, 0x8380, 0x8183)
            select (count, tail, flags);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var message = Wire.Answer(Question, c.flags, c.tail);
            message[7] = (byte)c.count;
            return Holds(DnsWire.Answer(message, Question));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void A_good_answer_with_any_bytes_changed_does_neither()
    {
        var good = Wire.Answer(
            Question, Wire.Alias(Wire.Asked, "web.example.com"), Wire.Address([3, .. "web"u8, 0xc0, 15], "10.0.0.7"), Wire.Service("node-1.example.com", 8001, 10, 60));
        var changes =
            from at in Gen.Choose(2, good.Length - 1)
            from value in Gen.Choose(0, 255)
            select (at, value);
        Prop.ForAll(changes.ListOf().ToArbitrary(), list =>
        {
            var message = good.ToArray();
            foreach (var (at, value) in list)
                message[at] = (byte)value;
            return Holds(DnsWire.Answer(message, Question));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static bool Holds(DnsMessage? answer) => answer is null || answer.Records.All(record =>
        record.TimeToLive >= TimeSpan.Zero && record.Owner.Length <= 255
        && (record.Address is not null || record.Alias is { Length: <= 255 } || record.Service is { Target.Length: <= 255, Port: >= 0 and <= 65535 }));

    private static byte[] With(byte[] message, int at, byte value)
    {
        byte[] changed = [.. message];
        changed[at] = value;
        return changed;
    }
}
