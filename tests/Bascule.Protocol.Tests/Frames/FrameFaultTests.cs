namespace Bascule.Protocol.Tests;

/// <summary>Every rule that a frame can break, shown by the fewest bytes that can show it.</summary>
public sealed class FrameFaultTests
{
    [Theory]
    [InlineData("83", FrameFault.UnknownOpcode)]
    [InlineData("87", FrameFault.UnknownOpcode)]
    [InlineData("8B", FrameFault.UnknownOpcode)]
    [InlineData("8F", FrameFault.UnknownOpcode)]
    [InlineData("A1", FrameFault.ReservedBits)]
    [InlineData("91", FrameFault.ReservedBits)]
    [InlineData("C9", FrameFault.ReservedBits)]
    [InlineData("C0", FrameFault.ReservedBits)]
    [InlineData("08", FrameFault.ControlFragmented)]
    [InlineData("09", FrameFault.ControlFragmented)]
    [InlineData("0A", FrameFault.ControlFragmented)]
    [InlineData("80", FrameFault.ContinuationWithoutStart)]
    [InlineData("00", FrameFault.ContinuationWithoutStart)]
    [InlineData("8100", FrameFault.MaskMissing)]
    [InlineData("89FE", FrameFault.ControlTooLong)]
    [InlineData("88FF", FrameFault.ControlTooLong)]
    [InlineData("82FE007D", FrameFault.LengthNotShortest)]
    [InlineData("82FE0000", FrameFault.LengthNotShortest)]
    [InlineData("82FF000000000000", FrameFault.LengthNotShortest)]
    [InlineData("82FF80", FrameFault.LengthTooLarge)]
    [InlineData("01800000000081", FrameFault.MessageInsideMessage)]
    [InlineData("01800000000089800000000002", FrameFault.MessageInsideMessage)]
    [InlineData("0180000000008080000000008080", FrameFault.ContinuationWithoutStart)]
    public void The_fault_of_a_client_is_found_at_the_byte_that_shows_it(string hex, FrameFault expected)
    {
        var bytes = Convert.FromHexString(hex);
        var lastShown = expected == FrameFault.ContinuationWithoutStart && bytes.Length > 1 ? bytes.Length - 1 : bytes.Length;

        Assert.Equal(FrameFault.None, FaultIn(bytes[..(lastShown - 1)], expectMasked: true));
        Assert.Equal(expected, FaultIn(bytes[..lastShown], expectMasked: true));
        Assert.Equal(expected, FaultIn(bytes, expectMasked: true));
    }

    [Fact]
    public void A_mask_from_a_server_is_a_fault_at_the_second_byte()
    {
        Assert.Equal(FrameFault.None, FaultIn([0x81], expectMasked: false));
        Assert.Equal(FrameFault.MaskUnexpected, FaultIn([0x81, 0x80], expectMasked: false));
    }

    [Theory]
    [InlineData("C100", 0x40, FrameFault.None)]
    [InlineData("C100", 0x00, FrameFault.ReservedBits)]
    [InlineData("C900", 0x40, FrameFault.ReservedBits)]
    [InlineData("4100C000", 0x40, FrameFault.ReservedBits)]
    [InlineData("41008000", 0x40, FrameFault.None)]
    [InlineData("A100", 0x20, FrameFault.None)]
    [InlineData("A100", 0x40, FrameFault.ReservedBits)]
    public void Reserved_bits_need_an_extension_and_RSV1_stands_only_on_the_first_frame(string hex, byte allowed, FrameFault expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, ScannerDriver.Run(bytes, [], new FrameScanner(expectMasked: false, allowed, 1000)).Fault);
    }

    [Fact]
    public void A_fault_stays_and_consumes_nothing()
    {
        var scanner = new FrameScanner(expectMasked: true, 0, 1000);
        Assert.Equal(FrameStep.Fault, scanner.Next([0x83], out var part));
        Assert.Equal(0, part.Length);
        Assert.Equal(FrameStep.Fault, scanner.Next([0x81, 0x80, 0, 0, 0, 0], out _));
        Assert.Equal(FrameFault.UnknownOpcode, scanner.Fault);
    }

    [Fact]
    public void Every_fault_has_a_text_that_names_the_rule()
    {
        foreach (var fault in Enum.GetValues<FrameFault>().Except([FrameFault.None]))
            Assert.Contains("RFC 6455 §", FrameFaults.Text(fault));
        Assert.Equal("", FrameFaults.Text(FrameFault.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameFaults.Text((FrameFault)99));
    }

    private static FrameFault FaultIn(byte[] bytes, bool expectMasked) =>
        ScannerDriver.Run(bytes, [], new FrameScanner(expectMasked, 0, 1000)).Fault;
}
